/** When a page that hears nothing should worry, ask, and start over. Times are milliseconds of one clock. */

/** The server speaks every three seconds. */
const WORRY_MS = 10_000;
const ASK_MS = { urgent: 5_000, normal: 15_000 };
const BETWEEN_MS = 2_000;
const ANSWERS = { urgent: 2, normal: 4 };

export class Silence {
  private since: number;
  private asked = 0;
  private answers = 0;

  constructor(now: number) {
    this.since = now;
  }

  /** The server spoke over the page's own connection. */
  heard(now: number): void {
    this.since = now;
    this.answers = 0;
  }

  /** An ordinary request was answered. */
  answered(now: number): void {
    if (this.asked >= this.since && now >= this.asked) {
      this.answers++;
    }
  }

  worrying(now: number): boolean {
    return now - this.since > WORRY_MS;
  }

  /** A page that nobody sees waits: browsers slow its timers and connections down, and it has time. */
  next(now: number, urgent: boolean, hidden: boolean): 'wait' | 'probe' | 'reload' {
    const pace = urgent ? 'urgent' : 'normal';
    if (hidden || now - this.since < ASK_MS[pace]) {
      return 'wait';
    }
    if (this.answers >= ANSWERS[pace]) {
      return 'reload';
    }
    if (now - this.asked < BETWEEN_MS) {
      return 'wait';
    }
    this.asked = now;
    return 'probe';
  }
}
