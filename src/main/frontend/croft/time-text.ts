import { ago, countdown, duration, estimate } from './durations';
import { serverClock } from './server-clock';
import { locale } from './texts';

/**
 * A point in time in the reader's own time zone. It counts by itself, so that "12 s" and "3 minutes ago" cost the server nothing.
 *
 *   <croft-time at="2026-11-21T03:30:00Z"></croft-time>                       3 minutes ago
 *   <croft-time at="…" mode="elapsed"></croft-time>                           42 s, counting
 *   <croft-time at="…" mode="elapsed" until="…"></croft-time>                 42 s, fixed
 *   <croft-time at="…" mode="clock"></croft-time>                             21 Nov 2026, 04:30
 *   <croft-time at="…" mode="left"></croft-time>                              0:42, counting down
 *   <croft-time at="…" mode="estimate"></croft-time>                          about 20 s left
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

const full = new Intl.DateTimeFormat(locale(), { dateStyle: 'full', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' });

function words(mode: string, at: Date, seconds: number): string {
  switch (mode) {
    case 'elapsed':
      return duration(seconds);
    case 'clock':
      return clock.format(at);
    case 'left':
      return countdown(-seconds);
    case 'estimate':
      return estimate(-seconds);
    default:
      return ago(seconds) || clock.format(at);
  }
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
    const until = untilAttribute ? new Date(untilAttribute).getTime() : serverClock.now();
    const text = words(this.getAttribute('mode') ?? 'ago', at, (until - at.getTime()) / 1000);
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
