import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curve } from '../../main/frontend/croft/curves.ts';

const box = (left: number, top: number) => ({ left, right: left + 100, top, bottom: top + 40 });

test('a line goes from the right edge of one column to the left edge of the next', () => {
  assert.equal(curve(box(0, 0), box(200, 100)), 'M100,20 C150,20 150,120 200,120');
});

test('within a column it goes straight down to the next box, and no further', () => {
  assert.equal(curve(box(0, 0), box(0, 60)), 'M50,40 L50,60');
  assert.equal(curve(box(0, 0), box(0, 400)), undefined);
});

test('columns that stand below each other, and boxes that are not there, have no line', () => {
  assert.equal(curve(box(0, 0), box(20, 300)), undefined);
  assert.equal(curve(undefined, box(0, 0)), undefined);
  assert.equal(curve({ left: 0, right: 0, top: 0, bottom: 0 }, box(200, 0)), undefined);
});
