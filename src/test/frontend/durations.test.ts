import { test } from 'node:test';
import assert from 'node:assert/strict';
import { countdown, estimate } from '../../main/frontend/croft/durations.ts';
import { ServerClock } from '../../main/frontend/croft/server-clock.ts';
import { Silence } from '../../main/frontend/croft/silence.ts';

test('a countdown says 0:00 only when it is over', () => {
  assert.deepEqual([600, 60, 59.2, 42, 0.1, 0, -3].map(countdown), ['10:00', '1:00', '1:00', '0:42', '0:01', '0:00', '0:00']);
});

test('an estimate is as vague as it is', () => {
  assert.deepEqual([-1, 3, 17, 20, 54, 70, 200, 3500, 9000].map(estimate), [
    'longer than usual',
    'a few seconds left',
    'about 20 s left',
    'about 20 s left',
    'about 55 s left',
    'about a minute left',
    'about 3 min left',
    'about an hour left',
    'about 2.5 hours left',
  ]);
});

test('a browser whose clock is wrong counts by the console, and a late message does not set it back', () => {
  let own = 1_000_000;
  const clock = new ServerClock(() => own);
  assert.equal(clock.now(), 1_000_000);
  clock.heard(5_000_000);
  assert.equal(clock.now(), 5_000_000);
  own += 10_000;
  clock.heard(5_004_000);
  assert.equal(clock.now(), 5_010_000);
});

/** Looks once a second, as the page does; says what it did and when. */
function look(silence: Silence, seconds: number, urgent: boolean, answers: boolean, hidden = false): string[] {
  const done: string[] = [];
  for (let second = 1; second <= seconds; second++) {
    const now = second * 1000;
    const next = silence.next(now, urgent, hidden);
    if (next !== 'wait') done.push(`${second}:${next}`);
    if (next === 'reload') break;
    if (next === 'probe' && answers) silence.answered(now + 20);
  }
  return done;
}

test('a dead connection beside a living console: the page starts over, soon when somebody has to confirm', () => {
  assert.deepEqual(look(new Silence(0), 60, true, true), ['5:probe', '7:probe', '8:reload']);
  assert.equal(look(new Silence(0), 60, false, true).at(-1), '22:reload');
});

test('a console that does not answer is asked on and on; a page nobody sees waits', () => {
  assert.ok(!look(new Silence(0), 300, true, false).some((each) => each.endsWith('reload')));
  assert.deepEqual(look(new Silence(0), 300, true, true, true), []);
});

test('a console that speaks is left alone', () => {
  const silence = new Silence(0);
  for (let now = 0; now < 60_000; now += 1000) {
    if (now % 3000 === 0) silence.heard(now);
    assert.equal(silence.next(now, true, false), 'wait');
  }
  assert.equal(silence.worrying(66_000), false);
  assert.equal(silence.worrying(80_000), true);
});
