import { LitElement, css, html, nothing } from 'lit';
import { duration, size } from './durations';
import { serverClock } from './server-clock';
import { Steps, type Row, type Wire } from './steps';
import { t } from './texts';

const ROW = 30;
const OVERSCAN = 8;
const KINDS: Record<string, string> = { build: t('build'), fetch: t('download'), copy: t('copy') };
const STATES = { running: t('running'), done: t('done'), failed: t('failed') };

/**
 * Builds and downloads as a tree. Only the rows in sight are drawn, so hundreds of steps cost what twenty do. Choosing a build tells the
 * page, which shows that build's log.
 */
class CroftStepTree extends LitElement {
  static properties = {
    rows: { state: true },
    first: { state: true },
    at: { state: true },
    chosen: { state: true },
    clock: { state: true },
  };

  static styles = css`
    :host {
      display: block;
      border: 1px solid var(--croft-line);
      border-radius: var(--vaadin-radius-m);
      background: var(--croft-log-background);
      overflow: hidden;
    }
    .scroller {
      max-height: min(20rem, 45vh);
      overflow: auto;
      overscroll-behavior: contain;
    }
    .scroller:focus-visible {
      outline: 2px solid var(--vaadin-focus-ring-color);
      outline-offset: -2px;
    }
    .all { position: relative; }
    .rows { position: absolute; inset-inline: 0; inset-block-start: 0; }
    .row {
      display: flex;
      align-items: center;
      gap: 0.5rem;
      height: 30px;
      box-sizing: border-box;
      padding-inline-end: 0.75rem;
      font-size: 0.875rem;
      white-space: nowrap;
      cursor: default;
    }
    .row[data-log] { cursor: pointer; }
    .row:hover { background: var(--croft-log-hover); }
    .row[aria-selected='true'] { background: var(--croft-log-selected); }
    .scroller:focus-visible .row[data-at] { box-shadow: inset 0 0 0 2px var(--vaadin-focus-ring-color); }
    .twist {
      flex: none;
      width: 1.25rem;
      height: 1.25rem;
      display: grid;
      place-items: center;
      border: 0;
      padding: 0;
      background: none;
      color: var(--croft-log-muted);
      font: inherit;
      cursor: pointer;
    }
    .twist::before { content: '▸'; transition: transform 0.1s; }
    [aria-expanded='true'] > .twist::before { transform: rotate(90deg); }
    .twist.none { visibility: hidden; }
    .mark {
      flex: none;
      width: 0.9rem;
      text-align: center;
      font-weight: 700;
    }
    [data-state='done'] .mark { color: var(--croft-ok); }
    [data-state='failed'] .mark, [data-state='failed'] .name { color: var(--croft-bad); }
    [data-state='failed'] .name { font-weight: 600; }
    [data-state='running'] .mark { color: var(--croft-busy); }
    [data-state='running'] .mark::before { content: '●'; animation: breathe 1.6s ease-in-out infinite; }
    [data-state='done'] .mark::before { content: '✓'; }
    [data-state='failed'] .mark::before { content: '!'; }
    @keyframes breathe { 50% { opacity: 0.35; } }
    @media (prefers-reduced-motion: reduce) { [data-state='running'] .mark::before { animation: none; } .twist::before { transition: none; } }
    .name {
      font-family: var(--croft-font-mono);
      font-size: 0.8125rem;
      overflow: hidden;
      text-overflow: ellipsis;
      color: var(--croft-log-text);
    }
    [data-state='done'] .name { color: var(--croft-log-muted); }
    .kind { color: var(--croft-log-muted); font-size: 0.8125rem; }
    .figures {
      margin-inline-start: auto;
      color: var(--croft-log-muted);
      font-size: 0.8125rem;
      font-variant-numeric: tabular-nums;
    }
    .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  `;

  declare rows: Row[];
  declare first: number;
  declare at: number;
  declare chosen: number | undefined;
  declare clock: number;

  private steps = new Steps();
  private pending: Wire[] = [];
  private frame = 0;
  private timer: number | undefined;

  constructor() {
    super();
    this.rows = [];
    this.first = 0;
    this.at = 0;
    this.chosen = undefined;
    this.clock = 0;
  }

  connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(() => {
      if (this.steps.count('running')) this.clock++;
    }, 1000);
  }

  disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearInterval(this.timer);
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  // ---- called by the server

  addSteps(batch: Wire[]): void {
    this.pending.push(...batch);
    if (document.hidden) {
      this.take();
    } else if (!this.frame) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.take();
      });
    }
  }

  clearSteps(): void {
    this.pending = [];
    this.steps.clear();
    this.take();
  }

  /** Forgets which build's log is shown. */
  unchoose(): void {
    this.chosen = undefined;
  }

  // ---- inside

  private take(): void {
    this.steps.take(this.pending);
    this.pending = [];
    this.arrange();
  }

  private arrange(): void {
    this.rows = this.steps.rows();
    this.at = Math.max(0, Math.min(this.at, this.rows.length - 1));
    this.setAttribute('steps', String(this.steps.size));
  }

  private open(row: Row, expanded: boolean): void {
    this.steps.open(row.step.id, expanded);
    this.arrange();
  }

  private choose(row: Row): void {
    if (row.step.kind !== 'build') {
      return;
    }
    this.chosen = this.chosen === row.step.id ? undefined : row.step.id;
    this.dispatchEvent(
      new CustomEvent('step-chosen', {
        detail: this.chosen === undefined ? { path: '', name: '' } : { path: row.step.path, name: row.step.name },
      }),
    );
  }

  private onKey(event: KeyboardEvent): void {
    const row = this.rows[this.at];
    if (!row) {
      return;
    }
    switch (event.key) {
      case 'ArrowDown':
        this.moveTo(this.at + 1);
        break;
      case 'ArrowUp':
        this.moveTo(this.at - 1);
        break;
      case 'Home':
        this.moveTo(0);
        break;
      case 'End':
        this.moveTo(this.rows.length - 1);
        break;
      case 'ArrowRight':
        if (row.expandable && !row.expanded) this.open(row, true);
        else if (row.expandable) this.moveTo(this.at + 1);
        break;
      case 'ArrowLeft':
        if (row.expanded) this.open(row, false);
        else this.moveTo(this.parentOf(this.at));
        break;
      case 'Enter':
      case ' ':
        this.choose(row);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  private parentOf(index: number): number {
    const level = this.rows[index].level;
    for (let each = index - 1; each >= 0; each--) {
      if (this.rows[each].level < level) return each;
    }
    return index;
  }

  private moveTo(index: number): void {
    this.at = Math.max(0, Math.min(index, this.rows.length - 1));
    const scroller = this.renderRoot.querySelector('.scroller');
    if (scroller) {
      const top = this.at * ROW;
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      if (top + ROW > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + ROW - scroller.clientHeight;
    }
  }

  private onScroll(event: Event): void {
    this.first = Math.floor((event.currentTarget as HTMLElement).scrollTop / ROW);
  }

  render() {
    const height = this.renderRoot?.querySelector('.scroller')?.clientHeight ?? 320;
    const from = Math.max(0, Math.min(this.first, this.rows.length) - OVERSCAN);
    const to = Math.min(this.rows.length, this.first + Math.ceil(Math.max(height, 320) / ROW) + OVERSCAN);
    return html`
      <div class="scroller" tabindex="0" role="tree" aria-label=${t('Builds and downloads')}
           aria-activedescendant=${this.rows.length ? `step-${this.rows[this.at]?.step.id}` : nothing}
           @scroll=${this.onScroll} @keydown=${this.onKey}>
        <div class="all" role="presentation" style="height: ${this.rows.length * ROW}px">
          <div class="rows" role="presentation" style="transform: translateY(${from * ROW}px)">
            ${this.rows.slice(from, to).map((row, index) => this.row(row, from + index))}
          </div>
        </div>
      </div>
    `;
  }

  private row(row: Row, index: number) {
    const { step } = row;
    return html`<div class="row" role="treeitem" id="step-${step.id}" data-state=${step.state} ?data-log=${step.kind === 'build'}
        aria-level=${row.level} aria-expanded=${row.expandable ? String(row.expanded) : nothing}
        aria-selected=${String(this.chosen === step.id)} ?data-at=${index === this.at} title=${step.path}
        style="padding-inline-start: ${0.5 + (row.level - 1) * 1.1}rem"
        @click=${() => {
          this.at = index;
          this.choose(row);
        }}><button class="twist ${row.expandable ? '' : 'none'}" tabindex="-1" aria-hidden="true"
          @click=${(event: Event) => {
            event.stopPropagation();
            this.open(row, !row.expanded);
          }}></button><span class="mark" aria-hidden="true"></span><span class="name">${step.name}</span><span class="kind">${step.kind === 'build'
          ? nothing
          : KINDS[step.kind] ?? step.kind}</span><span class="spoken">${STATES[step.state]}</span><span class="figures">${this.figures(row)}</span></div>`;
  }

  private figures(row: Row): string {
    const { step } = row;
    const parts: string[] = [];
    if (step.bytesExpected) {
      parts.push(
        step.state === 'running' && step.bytesDone !== null ? t('{0} of {1}', size(step.bytesDone), size(step.bytesExpected)) : size(step.bytesExpected),
      );
    }
    parts.push(duration(((step.endedAt ?? serverClock.now()) - step.startedAt) / 1000));
    return parts.join(' · ');
  }
}

customElements.define('croft-step-tree', CroftStepTree);
