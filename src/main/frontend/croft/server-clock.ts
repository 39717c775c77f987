/**
 * The console's clock, as this page knows it. A browser's clock may be minutes off, and a countdown that is would be worse than none.
 * The server says its time every few seconds; a message can only come late, never early, so the largest of the last differences is the
 * truest one.
 */
const KEPT = 10;

export class ServerClock {
  private readonly own: () => number;
  private differences: number[] = [];

  constructor(own: () => number) {
    this.own = own;
  }

  heard(serverMillis: number): void {
    this.differences.push(serverMillis - this.own());
    if (this.differences.length > KEPT) {
      this.differences.shift();
    }
  }

  /** Milliseconds since 1970 by the console's clock; by the browser's until the console has said something. */
  now(): number {
    return this.own() + (this.differences.length ? Math.max(...this.differences) : 0);
  }
}

export const serverClock = new ServerClock(() => Date.now());
