import { test } from 'node:test';
import assert from 'node:assert/strict';
import { MOST, Steps, type State, type Wire } from '../../main/frontend/croft/steps.ts';

const step = (id: number, name: string, state: State, inputs: number[] = [], at = 1000): Wire =>
  [id, 'build', name, `/nix/store/${name}.drv`, state, inputs, null, null, at];

const drawn = (steps: Steps) => steps.rows().map((row) => `${'  '.repeat(row.level - 1)}${row.step.name}`);

test('what a step needs stands below it, and opens while it runs', () => {
  const steps = new Steps();
  steps.take([step(1, 'zlib', 'done'), step(2, 'curl', 'running', [1]), step(3, 'system', 'running', [2])]);
  assert.deepEqual(drawn(steps), ['system', '  curl']);
  steps.open(2, true);
  assert.deepEqual(drawn(steps), ['system', '  curl', '    zlib']);
  steps.open(3, false);
  assert.deepEqual(drawn(steps), ['system']);
});

test('a step that several need is drawn once', () => {
  const steps = new Steps();
  steps.take([step(1, 'glibc', 'running'), step(2, 'a', 'running', [1]), step(3, 'b', 'running', [1])]);
  assert.deepEqual(drawn(steps), ['a', '  glibc', 'b']);
});

test('a failure stands first and is in sight', () => {
  const steps = new Steps();
  steps.take([step(1, 'fine', 'done'), step(2, 'slow', 'running'), step(3, 'lib', 'failed'), step(4, 'top', 'failed', [3])]);
  assert.deepEqual(drawn(steps), ['top', '  lib', 'slow', 'fine']);
});

test('a step is told again: its times stay, its state is the newest', () => {
  const steps = new Steps();
  steps.take([step(1, 'x', 'running', [], 1000)]);
  steps.take([step(1, 'x', 'done', [], 5000)]);
  steps.take([step(1, 'x', 'done', [], 9000)]);
  assert.equal(steps.size, 1);
  const [row] = steps.rows();
  assert.deepEqual([row.step.startedAt, row.step.endedAt, row.step.state], [1000, 5000, 'done']);
});

test('steps that need each other end the drawing all the same', () => {
  const steps = new Steps();
  steps.take([step(1, 'a', 'running', [2]), step(2, 'b', 'running', [1])]);
  assert.deepEqual(drawn(steps), ['a', '  b']);
});

test('a chain of a thousand steps is arranged, and the memory is bounded', () => {
  const steps = new Steps();
  steps.take(Array.from({ length: 1000 }, (_, i) => step(i + 1, `s${i + 1}`, 'running', i ? [i] : [])));
  assert.equal(steps.rows().length, 1000);
  steps.take(Array.from({ length: MOST + 500 }, (_, i) => step(10_000 + i, `d${i}`, 'done')));
  assert.equal(steps.size, MOST);
});
