import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveWindow, csv, figure, newest, rows, tickWords, ticks, type ChartData } from '../../main/frontend/croft/metrics-data.ts';

const T = 1_795_000_000_000;

function chart(values: (number | null)[], more: Partial<ChartData['series'][0]> = {}): ChartData {
  return { id: 'cpu', title: 'Processor', measure: 'cores', gap: '', series: [{ key: 'cpu', label: 'busy', values, ...more }] };
}

function live(step: number, values: (number | null)[], more: Partial<ChartData['series'][0]> = {}): LiveWindow {
  return new LiveWindow({ from: T, step, count: values.length, charts: [chart(values, more)] });
}

const shown = (window: LiveWindow) => window.data.charts[0]?.series[0]?.values;

test('a reading after the end moves the window and keeps its size', () => {
  const window = live(1000, [1, 2, 3]);
  assert.equal(window.take(T + 3000, { cpu: 4 }), 1);
  assert.deepEqual(shown(window), [2, 3, 4]);
  assert.equal(window.data.from, T + 1000);
});

test('seconds without a reading are gaps', () => {
  const window = live(1000, [1, 2, 3, 4]);
  window.take(T + 6000, { cpu: 7 });
  assert.deepEqual(shown(window), [4, null, null, 7]);
});

test('a browser that slept for an hour shows what is now, and nothing of before', () => {
  const window = live(1000, [1, 2, 3]);
  window.take(T + 3_600_000, { cpu: 9 });
  assert.deepEqual(shown(window), [null, null, 9]);
  assert.equal(window.to, T + 3_601_000);
});

test('readings of one step are its mean', () => {
  const window = live(5000, [null, null]);
  for (const [second, value] of [[10, 1], [11, 2], [12, 6]]) {
    window.take(T + (second ?? 0) * 1000, { cpu: value ?? 0 });
  }
  assert.deepEqual(shown(window), [null, 3]);
});

test('least and most go along', () => {
  const window = live(5000, [1, 2], { least: [0, 1], most: [2, 3] });
  window.take(T + 10_000, { cpu: 7 });
  window.take(T + 11_000, { cpu: 5 });
  assert.deepEqual(window.data.charts[0]?.series[0]?.least, [1, 5]);
  assert.deepEqual(window.data.charts[0]?.series[0]?.most, [3, 7]);
});

test('what is before the window, or unknown, changes nothing', () => {
  const window = live(1000, [1, 2]);
  assert.equal(window.take(T - 1, { cpu: 9 }), 0);
  assert.equal(window.take(T + 1000, { other: 9 }), 0);
  assert.deepEqual(shown(window), [1, 2]);
});

test('an axis has its marks at whole times of the reader', () => {
  for (const [span, most] of [[900e3, 6], [3600e3, 8], [86_400e3, 8], [7 * 86_400e3, 8], [31 * 86_400e3, 8], [366 * 86_400e3, 8]]) {
    const marks = ticks(T, T + (span ?? 0), most ?? 0);
    assert.ok(marks.length >= 2 && marks.length <= (most ?? 0) + 1, `${String(span)}: ${String(marks.length)}`);
    assert.ok(marks.every((at) => at >= T && at <= T + (span ?? 0) && new Date(at).getSeconds() === 0));
  }
  for (const at of ticks(T, T + 7 * 86_400e3, 8)) {
    assert.equal(new Date(at).getHours(), 0);
  }
  for (const at of ticks(T, T + 366 * 86_400e3, 8)) {
    assert.equal(new Date(at).getDate(), 1);
  }
  assert.equal(tickWords(new Date(2026, 10, 22, 13, 5).getTime(), 300_000), '13:05');
});

test('figures are as exact as they can be read', () => {
  assert.equal(figure(0.0000518, 'cores'), '0');
  assert.equal(figure(0.12345, 'cores'), '0.123');
  assert.equal(figure(1_234_567, 'bytes/s'), '1.2 MB/s');
  assert.equal(figure(0.4567, 'ratio'), '45.7%');
});

test('a file for spreadsheets has gaps, quotes, and no formulas', () => {
  const window = { from: T, step: 1000, count: 2, charts: [] };
  const odd = { ...chart([1.5, null]), title: '=1+1' };
  odd.series[0]!.label = 'a "b", c';
  assert.equal(csv(window, [odd]), `time,"'=1+1: a ""b"", c (cores)"\r\n2026-11-18T11:06:40.000Z,1.5\r\n2026-11-18T11:06:41.000Z,\r\n`);
});

test('a table has few rows, the newest first', () => {
  const window = { from: T, step: 1000, count: 4, charts: [] };
  assert.deepEqual(rows(window, chart([1, 3, null, null]), 2), [
    { at: T + 2000, values: [null] },
    { at: T, values: [2] },
  ]);
});

test('what is known of now is not what was known long ago', () => {
  assert.equal(newest([1, 2, null]), 2);
  assert.equal(newest([1, null, null, null, null, null]), null);
});
