import { LitElement, html, nothing } from 'lit';
import { countdown } from './durations';
import { keep, type Refusal } from './keep';
import { serverClock } from './server-clock';
import { t } from './texts';

/** A change that waits, as the server tells it. */
interface Waiting {
  operation: string;
  title: string;
  /** Milliseconds since 1970 by the console's clock. */
  until: number;
  /** How long it waits in all, in seconds. */
  span: number;
  /** What it touches, in words. */
  touches: string;
  /** Whether this browser may keep it: the one that started it. */
  mine: boolean;
  who: string;
  mayRevert: boolean;
}

/** How a change that waited has ended. */
interface Outcome {
  operation: string;
  kept: boolean;
  title: string;
  words: string;
  /** The operation's page. */
  href: string;
}

/** A change that was kept needs no more attention after a while; one that was reverted stays until somebody has seen it. */
const KEPT_SHOWN_MS = 12_000;

/** Seconds left that are spoken, once each: a countdown that talks every second would drown everything else. */
const SPOKEN = [30, 10];
const ANSWER_MS = 5000;

/**
 * "Can you see this? Keep · Revert", on every page, while a change waits for its confirmation.
 *
 * Keep is a request by the browser itself (see keep.ts). Revert is an event for the server: going back needs no proof.
 */
class CroftConfirm extends LitElement {
  static properties = {
    waiting: { attribute: false },
    outcome: { attribute: false },
    dismissed: { state: true },
    left: { state: true },
    keeping: { state: true },
    kept: { state: true },
    reverting: { state: true },
    refusal: { state: true },
    spoken: { state: true },
  };

  declare waiting: Waiting | undefined | null;
  declare outcome: Outcome | undefined | null;
  declare dismissed: string;
  declare left: number;
  declare keeping: boolean;
  declare kept: boolean;
  declare reverting: boolean;
  declare refusal: Refusal | undefined;
  declare spoken: string;

  private timer: number | undefined;
  private shownFor = '';

  constructor() {
    super();
    this.left = 0;
    this.dismissed = '';
    this.start('');
  }

  /** In the page's own tree: it is drawn by styles.css like everything else. */
  createRenderRoot(): this {
    return this;
  }

  connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(() => this.tick(), 250);
  }

  disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearInterval(this.timer);
  }

  willUpdate(changed: Map<string, unknown>): void {
    const operation = this.waiting?.operation ?? '';
    if (operation !== this.shownFor) {
      this.start(operation);
    }
    if (changed.has('outcome') && this.outcome) {
      const ended = this.outcome;
      this.dismissed = remembered();
      if (ended.kept) {
        window.setTimeout(() => this.dismiss(ended), KEPT_SHOWN_MS);
      }
    }
    this.hidden = !this.waiting && !this.tells();
    if (this.waiting) {
      this.left = this.secondsLeft(this.waiting);
    }
  }

  private start(operation: string): void {
    this.shownFor = operation;
    this.keeping = false;
    this.kept = false;
    this.reverting = false;
    this.refusal = undefined;
    this.spoken = '';
  }

  private tells(): boolean {
    return !!this.outcome && this.outcome.operation !== this.dismissed;
  }

  private dismiss(ended: Outcome): void {
    this.dismissed = ended.operation;
    remember(ended.operation);
  }

  private secondsLeft(waiting: Waiting): number {
    return Math.max(0, (waiting.until - serverClock.now()) / 1000);
  }

  private tick(): void {
    if (!this.waiting) {
      return;
    }
    const before = this.left;
    this.left = this.secondsLeft(this.waiting);
    const passed = SPOKEN.find((mark) => before > mark && this.left <= mark);
    if (passed !== undefined && !this.kept && !this.reverting) {
      this.spoken = t('{0} seconds left to keep the change.', passed);
    }
  }

  private async onKeep(): Promise<void> {
    const waiting = this.waiting;
    if (!waiting || this.keeping || this.kept) {
      return;
    }
    this.keeping = true;
    this.refusal = undefined;
    const outcome = await keep(
      {
        fetch: () =>
          fetch(new URL(`api/v1/operations/${waiting.operation}/confirm`, document.baseURI), {
            method: 'POST',
            credentials: 'same-origin',
            cache: 'no-store',
            // the header is what a foreign page cannot send
            headers: { Accept: 'application/json, application/problem+json', 'X-Croft-Request': 'confirm' },
            signal: AbortSignal.timeout(ANSWER_MS),
          }),
        now: () => serverClock.now(),
        sleep: (millis) => new Promise((resolve) => window.setTimeout(resolve, millis)),
      },
      waiting.until,
    );
    if (this.waiting?.operation !== waiting.operation) {
      return;
    }
    this.keeping = false;
    if (outcome.kept) {
      this.kept = true;
    } else {
      this.refusal = outcome.refusal;
    }
  }

  private onRevert(): void {
    this.reverting = true;
    this.dispatchEvent(new CustomEvent('revert', { detail: { operation: this.waiting?.operation } }));
  }

  /** The server could not do it. */
  revertRefused(): void {
    this.reverting = false;
  }

  render() {
    const waiting = this.waiting;
    if (!waiting) {
      return this.outcome && this.tells() ? this.ended(this.outcome) : nothing;
    }
    const over = this.left <= 0;
    return html`
      <div class="croft-confirm-box" role="alertdialog" aria-modal="false" aria-labelledby="confirm-title" aria-describedby="confirm-words"
           data-urgent=${this.left <= 10 && !this.kept ? 'true' : 'false'}>
        <div class="croft-confirm-count" aria-hidden="true">
          <span id="confirm-left">${this.kept ? '✓' : countdown(this.left)}</span>
        </div>
        <div class="croft-confirm-words">
          <h2 id="confirm-title">${this.heading(waiting, over)}</h2>
          <p id="confirm-words">${this.words(waiting, over)}</p>
          ${this.refusal
            ? html`<p class="croft-confirm-refusal" id="confirm-refusal" role="alert">
                ${[this.refusal.what, this.refusal.why, this.refusal.next].filter(Boolean).join(' ')}
              </p>`
            : nothing}
        </div>
        ${this.kept || over
          ? nothing
          : html`<div class="croft-confirm-actions">
              ${waiting.mine
                ? html`<button id="confirm-keep" class="croft-button-link croft-primary" ?disabled=${this.keeping || this.reverting}
                      @click=${this.onKeep}>${this.keeping ? t('Keeping …') : t('Keep')}</button>`
                : nothing}
              ${waiting.mayRevert
                ? html`<button id="confirm-revert" class="croft-button-link" ?disabled=${this.reverting}
                      @click=${this.onRevert}>${this.reverting ? t('Reverting …') : t('Revert')}</button>`
                : nothing}
            </div>`}
        <div class="croft-confirm-bar" aria-hidden="true">
          <div style="width: ${this.kept ? 100 : Math.min(100, (100 * this.left) / Math.max(1, waiting.span))}%"></div>
        </div>
        <div class="croft-visually-hidden" aria-live="polite">${this.spoken}</div>
      </div>
    `;
  }

  private ended(outcome: Outcome) {
    return html`
      <div class="croft-confirm-box" id="confirm-outcome" role="status" data-kept=${String(outcome.kept)}>
        <div class="croft-confirm-count" aria-hidden="true"><span>${outcome.kept ? '✓' : '↩'}</span></div>
        <div class="croft-confirm-words">
          <h2>${outcome.title}</h2>
          <p>${outcome.words}</p>
        </div>
        <div class="croft-confirm-actions">
          <a class="croft-button-link" href=${outcome.href}>${t('Details')}</a>
          <button id="confirm-dismiss" class="croft-button-link" @click=${() => this.dismiss(outcome)}>${t('Dismiss')}</button>
        </div>
      </div>
    `;
  }

  private heading(waiting: Waiting, over: boolean): string {
    if (this.kept) return t('Kept');
    if (over) return t('Time is up');
    return waiting.mine ? t('Can you see this?') : t('{0} waits for {1}', waiting.title, waiting.who);
  }

  private words(waiting: Waiting, over: boolean): string {
    if (this.kept) return t('The box is making it what it boots from now on.');
    if (over) return t('The box is going back to what ran before.');
    if (waiting.mine) {
      return waiting.touches
        ? t('{0} is active and touches {1}. Keep it, or the box goes back by itself.', waiting.title, waiting.touches)
        : t('{0} is active. Keep it, or the box goes back by itself.', waiting.title);
    }
    return waiting.touches
      ? t(
          'It is active and touches {0}. Only the browser from which {1} started it can keep it; without that the box goes back by itself.',
          waiting.touches,
          waiting.who,
        )
      : t('It is active. Only the browser from which {0} started it can keep it; without that the box goes back by itself.', waiting.who);
  }
}

const KEY = 'croft-outcome-seen';

function remember(operation: string): void {
  try {
    sessionStorage.setItem(KEY, operation);
  } catch {
    // private mode: it is shown again on the next page
  }
}

function remembered(): string {
  try {
    return sessionStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

customElements.define('croft-confirm', CroftConfirm);
