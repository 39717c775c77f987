/**
 * A point in time in the reader's own time zone. It counts by itself, so that "12 s" and "3 minutes ago" cost the server nothing.
 *
 *   <croft-time at="2026-11-21T03:30:00Z"></croft-time>                       3 minutes ago
 *   <croft-time at="…" mode="elapsed"></croft-time>                           42 s, counting
 *   <croft-time at="…" mode="elapsed" until="…"></croft-time>                 42 s, fixed
 *   <croft-time at="…" mode="clock"></croft-time>                             21 Nov 2026, 04:30
 */
const clocks = new Set<CroftTime>();
let timer: number | undefined;

function register(element: CroftTime): void {
  clocks.add(element);
  timer ??= window.setInterval(() => clocks.forEach((each) => each.show()), 1000);
}

function unregister(element: CroftTime): void {
  clocks.delete(element);
  if (clocks.size === 0 && timer !== undefined) {
    window.clearInterval(timer);
    timer = undefined;
  }
}

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

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

class CroftTime extends HTMLElement {
  static observedAttributes = ['at', 'until', 'mode'];

  connectedCallback(): void {
    register(this);
    this.show();
  }

  disconnectedCallback(): void {
    unregister(this);
  }

  attributeChangedCallback(): void {
    if (this.isConnected) {
      this.show();
    }
  }

  show(): void {
    const at = new Date(this.getAttribute('at') ?? '');
    if (Number.isNaN(at.getTime())) {
      this.textContent = '';
      return;
    }
    const untilAttribute = this.getAttribute('until');
    const until = untilAttribute ? new Date(untilAttribute).getTime() : Date.now();
    const seconds = (until - at.getTime()) / 1000;
    const mode = this.getAttribute('mode') ?? 'ago';
    const text = mode === 'elapsed' ? duration(seconds) : mode === 'clock' ? clock.format(at) : ago(seconds) || clock.format(at);
    if (this.textContent !== text) {
      this.textContent = text;
    }
    const title = full.format(at);
    if (this.title !== title) {
      this.title = title;
    }
  }
}

customElements.define('croft-time', CroftTime);
