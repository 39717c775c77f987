// @ts-expect-error TS5097: Node, which runs the tests, wants the ending; the bundler does without.
import { locale, t } from './texts.ts';

/** Spans of time and sizes in words, by the page's language. */

const figure = new Intl.NumberFormat(locale(), { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const whole = new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 });
const past = new Intl.RelativeTimeFormat(locale());

export function duration(seconds: number): string {
  const all = Math.max(0, Math.floor(seconds));
  if (all < 60) return t('{0} s', all);
  const minutes = Math.floor(all / 60);
  if (minutes < 60) return t('{0} min {1} s', minutes, all % 60);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t('{0} h {1} min', hours, minutes % 60);
  return t('{0} d {1} h', Math.floor(hours / 24), hours % 24);
}

export function ago(seconds: number): string {
  if (seconds < 10) return t('just now');
  if (seconds < 60) return past.format(-Math.floor(seconds), 'second');
  if (seconds < 3600) return past.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86400) return past.format(-Math.floor(seconds / 3600), 'hour');
  if (seconds < 30 * 86400) return past.format(-Math.floor(seconds / 86400), 'day');
  return '';
}

/** "0:42"; what is left is rounded up, so that it never says 0:00 while there is time. */
export function countdown(seconds: number): string {
  const all = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(all / 60)}:${String(all % 60).padStart(2, '0')}`;
}

/** As exact as a guess from earlier runs can be, and honest when the guess was wrong. */
export function estimate(seconds: number): string {
  if (seconds <= 0) return t('longer than usual');
  if (seconds < 5) return t('a few seconds left');
  if (seconds < 55) return t('about {0} s left', Math.ceil(seconds / 5) * 5);
  if (seconds < 90) return t('about a minute left');
  if (seconds < 3300) return t('about {0} min left', Math.round(seconds / 60));
  const halves = Math.round(seconds / 1800);
  return halves <= 2 ? t('about an hour left') : t('about {0} hours left', whole.format(halves / 2));
}

const SIZES = [
  (value: string) => t('{0} B', value),
  (value: string) => t('{0} kB', value),
  (value: string) => t('{0} MB', value),
  (value: string) => t('{0} GB', value),
  (value: string) => t('{0} TB', value),
];

export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < SIZES.length - 1) {
    value /= 1000;
    unit++;
  }
  return SIZES[unit](unit === 0 || value >= 100 ? whole.format(Math.round(value)) : figure.format(value));
}
