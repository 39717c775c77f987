import { test } from 'node:test';
import assert from 'node:assert/strict';
import { keep } from '../../main/frontend/croft/keep.ts';

/** A console that gives these answers one after the other; time passes only while the page waits. */
function world(...answers: (Response | 'unreachable')[]) {
  let at = 0;
  let asked = 0;
  return {
    asked: () => asked,
    fetch: async () => {
      const next = answers[Math.min(asked++, answers.length - 1)];
      if (next === 'unreachable') throw new TypeError('Failed to fetch');
      return next.clone();
    },
    now: () => at,
    sleep: async (millis: number) => {
      at += millis;
    },
  };
}

const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ code, what: 'Not kept.', why: 'Because.', next: 'Do.' }), { status });
const old = problem(409, 'CONFIRM_REFUSED');
const ok = new Response('{}');

test('an old connection is refused and a new one is tried', async () => {
  const console = world(old, old, old, ok);
  assert.deepEqual(await keep(console, 60_000), { kept: true });
  assert.equal(console.asked(), 4);
});

test('a refusal that does not end is told, not repeated for ever', async () => {
  const console = world(old);
  const outcome = await keep(console, 60_000);
  assert.equal(outcome.kept, false);
  assert.equal(outcome.kept === false && outcome.refusal.why, 'Because.');
  assert.equal(console.asked(), 8);
});

test('another problem is told at once', async () => {
  const console = world(problem(404, 'NOT_FOUND'));
  const outcome = await keep(console, 60_000);
  assert.equal(outcome.kept === false && outcome.refusal.code, 'NOT_FOUND');
  assert.equal(console.asked(), 1);
});

test('no way through: it is tried until the time is up, and no longer', async () => {
  const console = world('unreachable');
  const outcome = await keep(console, 5_000);
  assert.match((outcome.kept === false && outcome.refusal.why) || '', /did not reach/);
  assert.equal(console.asked(), 5);
});

test('a way that opens again in time is enough', async () => {
  assert.deepEqual(await keep(world('unreachable', 'unreachable', old, ok), 60_000), { kept: true });
});

test('an answer that is no problem document still becomes words', async () => {
  const outcome = await keep(world(new Response('<html>', { status: 502 })), 60_000);
  assert.match((outcome.kept === false && outcome.refusal.why) || '', /502/);
  const signedOut = await keep(world(new Response('', { status: 401 })), 60_000);
  assert.match((signedOut.kept === false && signedOut.refusal.why) || '', /not signed in/);
});
