// @ts-expect-error TS5097: Node, which runs the tests, wants the ending; the bundler does without.
import { size } from './durations.ts';
// @ts-expect-error TS5097
import { locale, t } from './texts.ts';

/** What the pages of measurements show, apart from how it is drawn. */

/** As the API names them. */
export type Measure = 'cores' | 'bytes' | 'bytes/s' | '1/s' | 'count' | 'ratio' | '°C';

export interface SeriesData {
  /** The metric, and after a bar which disk, interface and so on. */
  key: string;
  label: string;
  values: (number | null)[];
  least?: (number | null)[];
  most?: (number | null)[];
}

export interface ChartData {
  id: string;
  title: string;
  measure: Measure;
  /** Why there is nothing, or not all. */
  gap: string;
  series: SeriesData[];
}

export interface WindowData {
  /** Milliseconds since 1970. */
  from: number;
  /** Milliseconds. */
  step: number;
  count: number;
  charts: ChartData[];
}

/**
 * A window that moves with the time. Readings are put at its end, those of one step as their mean; what falls out at the beginning is
 * let go, so that it stays as large as it is.
 */
export class LiveWindow {
  readonly data: WindowData;
  private readonly sums = new Map<string, { sum: number; count: number; step: number }>();

  constructor(data: WindowData) {
    this.data = data;
  }

  get to(): number {
    return this.data.from + this.data.step * this.data.count;
  }

  /** How many steps it moved; nothing happens for what is before it. */
  take(at: number, values: Record<string, number>): number {
    const { step } = this.data;
    if (at < this.data.from) {
      return 0;
    }
    let moved = Math.max(0, Math.floor((at - this.to) / step) + 1);
    if (moved > 0) {
      this.move(Math.min(moved, this.data.count));
      // After more than a whole window only its place changes.
      this.data.from += Math.max(0, moved - this.data.count) * step;
    }
    const index = Math.floor((at - this.data.from) / step);
    for (const chart of this.data.charts) {
      for (const series of chart.series) {
        const value = values[series.key];
        if (value !== undefined) {
          this.put(chart.id + ' ' + series.key, series, index, value);
        }
      }
    }
    return moved;
  }

  private put(id: string, series: SeriesData, index: number, value: number): void {
    const step = Math.round(this.data.from / this.data.step) + index;
    let sum = this.sums.get(id);
    if (sum?.step !== step) {
      const known = series.values[index];
      // The server's mean of a step that has begun counts as one reading.
      sum = { step, sum: known ?? 0, count: known === null || known === undefined ? 0 : 1 };
      this.sums.set(id, sum);
    }
    sum.sum += value;
    sum.count++;
    series.values[index] = sum.sum / sum.count;
    for (const [edge, better] of [[series.least, Math.min], [series.most, Math.max]] as const) {
      if (edge) {
        edge[index] = better(edge[index] ?? value, value);
      }
    }
  }

  private move(steps: number): void {
    this.data.from += steps * this.data.step;
    for (const chart of this.data.charts) {
      for (const series of chart.series) {
        for (const list of [series.values, series.least, series.most]) {
          if (list) {
            list.splice(0, steps);
            while (list.length < this.data.count) {
              list.push(null);
            }
          }
        }
      }
    }
  }
}

const few = new Intl.NumberFormat(locale(), { maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 1 });

export function figure(value: number, measure: Measure): string {
  switch (measure) {
    case 'bytes':
      return size(value);
    case 'bytes/s':
      return t('{0}/s', size(value));
    case 'ratio':
      return percent.format(value);
    case '1/s':
      return t('{0}/s', few.format(value));
    case '°C':
      return t('{0} °C', few.format(value));
    default:
      // Of something that rests, millionths say nothing.
      return few.format(Math.round(value * 1000) / 1000);
  }
}

/** What stands on an axis beside its figures, where those do not say it. */
export function unit(measure: Measure): string {
  switch (measure) {
    case 'cores':
      return t('processors');
    case 'bytes':
      return t('bytes');
    case 'bytes/s':
      return t('bytes per second');
    case '1/s':
      return t('per second');
    case 'count':
      return t('number');
    case 'ratio':
      return t('share of the time');
    default:
      return t('degrees Celsius');
  }
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1000, 2000, 5000, 10_000, 15_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR,
  6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 31 * DAY, 61 * DAY, 92 * DAY,
];

/** Where an axis of time has its marks, at hours and days of the reader's own clock: at most so many. */
export function ticks(from: number, to: number, most: number): number[] {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? 366 * DAY;
  const found: number[] = [];
  if (step < DAY) {
    // Days begin at midnight, and offsets are whole quarters of an hour.
    const offset = new Date(from).getTimezoneOffset() * MINUTE;
    for (let at = Math.ceil((from - offset) / step) * step + offset; at <= to; at += step) {
      found.push(at);
    }
    return found;
  }
  const day = new Date(from);
  day.setHours(0, 0, 0, 0);
  const days = Math.round(step / DAY);
  if (days >= 31) {
    const months = Math.round(days / 30.6);
    for (let at = new Date(day.getFullYear(), day.getMonth(), 1); at.getTime() <= to; at.setMonth(at.getMonth() + months)) {
      if (at.getTime() >= from) {
        found.push(at.getTime());
      }
    }
    return found;
  }
  for (; day.getTime() <= to; day.setDate(day.getDate() + days)) {
    if (day.getTime() >= from) {
      found.push(day.getTime());
    }
  }
  return found;
}

const second = new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const minute = new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', hour12: false });
const date = new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short' });
const month = new Intl.DateTimeFormat(locale(), { month: 'short', year: 'numeric' });
const exact = new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'medium' });

/** A mark's words, as short as its neighbours allow. */
export function tickWords(at: number, between: number): string {
  const day = new Date(at);
  if (between >= 28 * DAY) return month.format(day);
  if (between >= DAY || (day.getHours() === 0 && day.getMinutes() === 0 && day.getSeconds() === 0)) return date.format(day);
  return (between < MINUTE ? second : minute).format(day);
}

export function moment(at: number): string {
  return exact.format(new Date(at));
}

function cell(text: string): string {
  // A spreadsheet would calculate what begins like a formula.
  const safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}

/** All that is shown: a row for each step, a column for each series; what was not measured stays empty. RFC 4180. */
export function csv(window: WindowData, charts: ChartData[]): string {
  const columns: { name: string; values: (number | null)[] }[] = [];
  for (const chart of charts) {
    for (const series of chart.series) {
      const name = `${chart.title}: ${series.label} (${chart.measure})`;
      columns.push({ name, values: series.values });
      if (series.least && series.most) {
        columns.push({ name: `${name}, ${t('least')}`, values: series.least }, { name: `${name}, ${t('most')}`, values: series.most });
      }
    }
  }
  const lines = [[t('time'), ...columns.map((each) => each.name)].map(cell).join(',')];
  for (let i = 0; i < window.count; i++) {
    const at = new Date(window.from + i * window.step).toISOString();
    lines.push([at, ...columns.map((each) => String(each.values[i] ?? ''))].join(','));
  }
  return lines.join('\r\n') + '\r\n';
}

export interface Row {
  at: number;
  values: (number | null)[];
}

/** For a table that can be read: at most so many rows, each the mean of its steps; the newest first. */
export function rows(window: WindowData, chart: ChartData, most: number): Row[] {
  const each = Math.max(1, Math.ceil(window.count / most));
  const found: Row[] = [];
  for (let begin = 0; begin < window.count; begin += each) {
    found.push({
      at: window.from + begin * window.step,
      values: chart.series.map((series) => {
        const known = series.values.slice(begin, begin + each).filter((value) => value !== null);
        return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
      }),
    });
  }
  return found.reverse();
}

/** The newest value that is known, within the last steps: what a chart says without anybody pointing at it. */
export function newest(values: (number | null)[]): number | null {
  for (let i = values.length - 1; i >= Math.max(0, values.length - 5); i--) {
    const value = values[i];
    if (value !== null && value !== undefined) {
      return value;
    }
  }
  return null;
}
