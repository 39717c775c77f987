// node --test src/test/frontend/*.test.ts (Node 24 reads TypeScript as it is)
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { runs, withoutEscapes } from '../../main/frontend/croft/ansi.ts';

test('plain text is one run', () => {
  assert.deepEqual(runs('hello'), [{ text: 'hello', classes: '' }]);
});

test('colours and weights become classes and end with a reset', () => {
  assert.deepEqual(runs('\u001b[1;31mERROR\u001b[0m done'), [
    { text: 'ERROR', classes: 'bold fg1', colour: undefined },
    { text: ' done', classes: '', colour: undefined },
  ]);
});

test('an extended colour is kept inside what CSS allows', () => {
  assert.equal(runs('\u001b[38;2;300;0;20mx')[0].colour, 'rgb(255 0 20)');
  assert.equal(runs('\u001b[38;5;196mx')[0].colour, 'rgb(255 0 0)');
  assert.equal(runs('\u001b[38;5;2mx')[0].classes, 'fg2');
});

test('a log cannot move the cursor, name the window or ring', () => {
  assert.equal(withoutEscapes('a\u001b[2J\u001b]0;owned\u0007b\u0007c\u001b[1A'), 'abc');
  assert.deepEqual(runs('\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\'), [{ text: 'click', classes: '', colour: undefined }]);
});

test('markup stays text', () => {
  assert.equal(runs('<img src=x onerror=alert(1)>')[0].text, '<img src=x onerror=alert(1)>');
});

test('a line that changes its colour thousands of times costs no more than a page can draw, and loses no text', () => {
  const bomb = Array.from({ length: 2000 }, (_, i) => `\u001b[3${i % 8}mx`).join('');
  const drawn = runs(bomb);
  assert.ok(drawn.length <= 201, String(drawn.length));
  assert.equal(drawn.map((run) => run.text).join(''), 'x'.repeat(2000));
});
