/** Spans of time in words. Seconds in, text out. */

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function ago(seconds: number): string {
  const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'} ago`;
  if (seconds < 10) return 'just now';
  if (seconds < 60) return plural(Math.floor(seconds), 'second');
  if (seconds < 3600) return plural(Math.floor(seconds / 60), 'minute');
  if (seconds < 86400) return plural(Math.floor(seconds / 3600), 'hour');
  if (seconds < 30 * 86400) return plural(Math.floor(seconds / 86400), 'day');
  return '';
}

/** "0:42"; what is left is rounded up, so that it never says 0:00 while there is time. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** As exact as a guess from earlier runs can be, and honest when the guess was wrong. */
export function estimate(seconds: number): string {
  if (seconds <= 0) return 'longer than usual';
  if (seconds < 5) return 'a few seconds left';
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 90) return 'about a minute left';
  if (seconds < 3300) return `about ${Math.round(seconds / 60)} min left`;
  const halves = Math.round(seconds / 1800);
  return halves <= 2 ? 'about an hour left' : `about ${halves / 2} hours left`;
}
