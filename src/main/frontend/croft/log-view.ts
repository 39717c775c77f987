import { LitElement, css, html, nothing } from 'lit';
import { styleMap } from 'lit/directives/style-map.js';
import { runs, withoutEscapes } from './ansi';
import { fields } from './json-line';
import { marked } from './highlight';
import { locale, t } from './texts';

/** [epoch milliseconds, priority 0–7, stream, text, derivation, cursor, unit] as the server sends it. */
type Wire = [number, number, string, string, string?, string?, string?];

/** What a line's place says when lines are missing there. */
interface Gap {
  gap: number;
}

interface Line {
  time: number;
  priority: number;
  source: string;
  raw: string;
  plain: string;
  derivation: string;
  cursor: string;
  unit: string;
  /** How many lines are missing here; such a row has no text of its own. */
  gap: number;
}

const CAPACITY = 5000;
const ROW = 20;
const OVERSCAN = 12;
const PRIORITIES = [t('Emergency'), t('Alert'), t('Critical'), t('Error'), t('Warning'), t('Notice'), t('Info'), t('Debug')];

const time = new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const whole = new Intl.NumberFormat(locale());
const exact = new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'long' });

/**
 * A log that stays quick: it keeps the last 5 000 lines, draws only the rows in sight, and takes new lines in batches, once a frame.
 * Scrolling up stops following; the button at the bottom goes back to the newest line.
 */
class CroftLog extends LitElement {
  static properties = {
    label: { type: String },
    empty: { type: String },
    following: { state: true },
    unseen: { state: true },
    first: { state: true },
    selected: { state: true },
    matching: { state: true },
    units: { type: Boolean },
    links: { type: Boolean },
    live: { type: Boolean },
  };

  static styles = css`
    :host {
      display: flex;
      flex-direction: column;
      position: relative;
      min-height: 8rem;
      border: 1px solid var(--croft-line);
      border-radius: var(--vaadin-radius-m);
      background: var(--croft-log-background);
      color: var(--croft-log-text);
      font-family: var(--croft-font-mono);
      font-size: 0.8125rem;
      overflow: hidden;
    }
    .window {
      position: relative;
      display: flex;
      flex: 1;
      min-height: 0;
    }
    .scroller {
      flex: 1;
      min-width: 0;
      overflow: auto;
      overscroll-behavior: contain;
      outline-offset: -2px;
    }
    .scroller:focus-visible {
      outline: 2px solid var(--vaadin-focus-ring-color);
    }
    .all {
      position: relative;
      min-width: 100%;
      width: max-content;
    }
    .rows {
      position: absolute;
      inset-block-start: 0;
      min-width: 100%;
      width: max-content;
    }
    .row {
      display: flex;
      gap: 0.75rem;
      height: 20px;
      line-height: 20px;
      padding-inline: 0.75rem;
      white-space: pre;
      tab-size: 4;
      cursor: default;
      border-inline-start: 3px solid transparent;
    }
    .row:hover {
      background: var(--croft-log-hover);
    }
    .row[data-selected] {
      background: var(--croft-log-selected);
    }
    .row.p0, .row.p1, .row.p2, .row.p3 { border-inline-start-color: var(--croft-bad); }
    .row.p4 { border-inline-start-color: var(--croft-warn); }
    .row.p7 .text { color: var(--croft-log-muted); }
    .row.op .text { font-weight: 600; }
    .time, .source { color: var(--croft-log-muted); user-select: none; }
    .source { min-width: 4.5em; }
    .unit { color: var(--croft-log-muted); max-width: 16em; overflow: hidden; text-overflow: ellipsis; flex: none; }
    .row.gap { color: var(--croft-log-muted); font-style: italic; border-inline-start-color: var(--croft-warn); }
    mark { color: inherit; background: var(--croft-log-found); border-radius: 2px; }
    table { border-collapse: collapse; }
    th { text-align: start; font-weight: 400; color: var(--croft-log-muted); padding: 0 0.75rem 0 0; vertical-align: top; }
    td { white-space: pre-wrap; overflow-wrap: anywhere; }
    .detail a {
      font: 500 0.8125rem/1 var(--aura-font-family);
      color: var(--croft-accent-text);
      padding: 0.375rem 0.5rem;
      border-radius: var(--vaadin-radius-s);
    }
    .detail a:focus-visible { outline: 2px solid var(--vaadin-focus-ring-color); outline-offset: 2px; }
    .bold { font-weight: 700; }
    .dim { opacity: 0.7; }
    .italic { font-style: italic; }
    .underline { text-decoration: underline; }
    .inverse { filter: invert(1); background: var(--croft-log-background); }
    .fg0, .fg8 { color: var(--croft-log-muted); }
    .fg1, .fg9 { color: var(--croft-ansi-red); }
    .fg2, .fg10 { color: var(--croft-ansi-green); }
    .fg3, .fg11 { color: var(--croft-ansi-yellow); }
    .fg4, .fg12 { color: var(--croft-ansi-blue); }
    .fg5, .fg13 { color: var(--croft-ansi-magenta); }
    .fg6, .fg14 { color: var(--croft-ansi-cyan); }
    .bg1, .bg9 { background: color-mix(in srgb, var(--croft-ansi-red) 25%, transparent); }
    .bg2, .bg10 { background: color-mix(in srgb, var(--croft-ansi-green) 25%, transparent); }
    .bg3, .bg11 { background: color-mix(in srgb, var(--croft-ansi-yellow) 25%, transparent); }
    .bg4, .bg12 { background: color-mix(in srgb, var(--croft-ansi-blue) 25%, transparent); }
    .bg5, .bg13 { background: color-mix(in srgb, var(--croft-ansi-magenta) 25%, transparent); }
    .bg6, .bg14 { background: color-mix(in srgb, var(--croft-ansi-cyan) 25%, transparent); }
    .empty {
      position: absolute;
      inset: 0;
      display: grid;
      place-items: center;
      padding: 1rem;
      text-align: center;
      color: var(--croft-log-muted);
      font-family: var(--aura-font-family);
      pointer-events: none;
    }
    .latest {
      position: absolute;
      inset-block-end: 0.75rem;
      inset-inline-start: 50%;
      transform: translateX(-50%);
      font: 600 0.8125rem/1 var(--aura-font-family);
      padding: 0.5rem 0.875rem;
      border: 0;
      border-radius: 99px;
      color: var(--croft-accent-contrast);
      background: var(--croft-accent);
      box-shadow: var(--aura-shadow-m);
      cursor: pointer;
    }
    .latest:focus-visible, .detail button:focus-visible {
      outline: 2px solid var(--vaadin-focus-ring-color);
      outline-offset: 2px;
    }
    .detail {
      border-block-start: 1px solid var(--croft-line);
      padding: 0.625rem 0.75rem;
      max-height: 40%;
      overflow: auto;
      background: var(--croft-log-selected);
    }
    .detail header {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 0.25rem 0.75rem;
      font-family: var(--aura-font-family);
      color: var(--croft-log-muted);
      margin-block-end: 0.375rem;
    }
    .detail header span { flex: 1; }
    .detail pre {
      margin: 0;
      font: inherit;
      white-space: pre-wrap;
      overflow-wrap: anywhere;
    }
    .detail button {
      font: 500 0.8125rem/1 var(--aura-font-family);
      color: var(--croft-accent-text);
      background: none;
      border: 0;
      border-radius: var(--vaadin-radius-s);
      padding: 0.375rem 0.5rem;
      cursor: pointer;
    }
    @media (max-width: 480px) {
      .source, .unit { display: none; }
      .row { gap: 0.5rem; padding-inline: 0.5rem; }
    }
  `;

  declare label: string;
  declare empty: string;
  declare following: boolean;
  declare unseen: number;
  declare first: number;
  declare selected: Line | undefined;
  declare matching: number;
  declare units: boolean;
  declare links: boolean;
  /** Whether what comes is new: nobody is called to lines that are only further down. */
  declare live: boolean;
  /** Vaadin's way to the server. */
  declare $server?: { taken(number: number): void };

  private lines: Line[] = [];
  private shown: Line[] = [];
  private pending: (Wire | Gap)[] = [];
  /** How many lines were left out since the log was empty. */
  notShown = 0;
  private needle = '';
  private found = '';
  private toMark = '';
  private select = true;
  private frame = 0;
  private lowest = 7;
  private derivation = '';
  private ownScroll = false;
  private resizes = new ResizeObserver(() => this.redraw());

  constructor() {
    super();
    this.label = t('Log');
    this.empty = t('No lines yet.');
    this.following = true;
    this.unseen = 0;
    this.first = 0;
    this.selected = undefined;
    this.matching = 0;
    this.units = false;
    this.links = false;
    this.live = true;
  }

  connectedCallback(): void {
    super.connectedCallback();
    this.resizes.observe(this);
  }

  disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resizes.disconnect();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  // ---- called by the server

  /** @param missing how many lines were left out in front of these; @param number of the batch, which the server hears of when it is taken */
  addLines(batch: Wire[], missing = 0, number = 0): void {
    if (missing > 0) {
      this.notShown += missing;
      this.pending.push({ gap: missing });
    }
    this.pending.push(...batch);
    if (this.pending.length > CAPACITY) {
      const gone = this.pending.splice(0, this.pending.length - CAPACITY);
      this.pending.unshift({ gap: gone.reduce((sum, each) => sum + ('gap' in each ? each.gap : 1), 0) });
    }
    const take = () => {
      this.take();
      if (number > 0) this.$server?.taken(number);
    };
    // a hidden tab gets no frames: take the lines now, drawing waits
    if (document.hidden) {
      take();
    } else {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(take);
    }
  }

  /** Older lines in front; those at the other end make room for them, as nobody follows who looks back. */
  addOlder(batch: Wire[]): void {
    this.setFollowing(false);
    this.lines.unshift(...batch.map(line));
    this.lines.length = Math.min(this.lines.length, CAPACITY);
    const added = batch.map(line).filter((each) => this.wanted(each)).length;
    this.filterAll();
    const scroller = this.scroller();
    if (scroller) {
      const top = scroller.scrollTop + added * ROW;
      void this.updateComplete.then(() => {
        this.ownScroll = true;
        scroller.scrollTop = top;
        this.first = Math.floor(top / ROW);
      });
    }
  }

  /** The cursor of the first or last line; empty when there is none. */
  edge(first: boolean): string {
    const lines = this.lines.filter((each) => each.cursor !== '');
    return (first ? lines[0] : lines.at(-1))?.cursor ?? '';
  }

  highlight(text: string): void {
    this.found = text;
    this.redraw();
  }

  /** Brings a line into sight once it is there, and selects it. */
  mark(cursor: string, select: boolean): void {
    this.toMark = cursor;
    this.select = select;
    this.setFollowing(false);
    this.findMarked();
  }

  clearLines(): void {
    this.lines = [];
    this.pending = [];
    this.notShown = 0;
    this.toMark = '';
    this.selected = undefined;
    this.filterAll();
  }

  showOnly(text: string, lowestPriority: number): void {
    this.needle = text.toLowerCase();
    this.lowest = lowestPriority;
    this.filterAll();
  }

  /** Shows what this derivation's builder said, and nothing else; empty shows all. */
  showDerivation(path: string): void {
    this.derivation = path;
    this.filterAll();
  }

  follow(on: boolean): void {
    this.setFollowing(on);
    if (on) {
      this.toEnd();
    }
  }

  // ---- inside

  private take(): void {
    this.frame = 0;
    const added = this.pending.map((each) => ('gap' in each ? gap(each.gap) : line(each)));
    this.pending = [];
    this.lines.push(...added);
    const matching = added.filter((line) => this.wanted(line));
    this.shown.push(...matching);
    const surplus = this.lines.length - CAPACITY;
    if (surplus > 0) {
      const oldest = new Set(this.lines.splice(0, surplus));
      let gone = 0;
      while (gone < this.shown.length && oldest.has(this.shown[gone])) gone++;
      this.shown.splice(0, gone);
      // keep the rows in sight where they are while somebody reads them
      const scroller = this.scroller();
      if (!this.following && scroller) {
        this.ownScroll = true;
        scroller.scrollTop = Math.max(0, scroller.scrollTop - gone * ROW);
      }
    }
    this.matching = this.shown.length;
    if (!this.following && this.live) {
      this.unseen += matching.length;
    }
    this.setAttribute('lines', String(this.lines.length));
    this.redraw();
    this.findMarked();
  }

  private findMarked(): void {
    const at = this.toMark === '' ? -1 : this.shown.findIndex((each) => each.cursor === this.toMark);
    if (at >= 0) {
      this.toMark = '';
      this.choose(at, true, this.select);
    }
  }

  /** Brings a line into sight, and selects it. */
  private choose(at: number, toMiddle = false, select = true): void {
    this.selected = select ? this.shown[at] : undefined;
    this.setFollowing(false);
    void this.updateComplete.then(() => {
      const scroller = this.scroller();
      if (!scroller) return;
      const top = at * ROW;
      const height = scroller.clientHeight;
      if (toMiddle || top < scroller.scrollTop || top + ROW > scroller.scrollTop + height) {
        this.ownScroll = true;
        scroller.scrollTop = Math.max(0, top - height / 2);
      }
      this.first = Math.floor(scroller.scrollTop / ROW);
    });
  }

  private wanted(line: Line): boolean {
    return line.gap > 0 || line.priority <= this.lowest && (this.derivation === '' || line.derivation === this.derivation) && (this.needle === '' || line.plain.toLowerCase().includes(this.needle));
  }

  private filterAll(): void {
    this.shown = this.lines.filter((line) => this.wanted(line));
    this.matching = this.shown.length;
    this.setAttribute('lines', String(this.lines.length));
    this.redraw();
  }

  private scroller(): HTMLElement | null {
    return this.renderRoot?.querySelector('.scroller') ?? null;
  }

  private redraw(): void {
    this.requestUpdate();
    void this.updateComplete.then(() => {
      if (this.following) {
        this.toEnd();
      }
    });
  }

  private toEnd(): void {
    const scroller = this.scroller();
    if (scroller) {
      const end = scroller.scrollHeight - scroller.clientHeight;
      if (Math.abs(scroller.scrollTop - end) > 1) {
        this.ownScroll = true;
        scroller.scrollTop = end;
      }
      this.first = Math.floor(scroller.scrollTop / ROW);
    }
  }

  private setFollowing(on: boolean): void {
    if (this.following !== on) {
      this.following = on;
      this.dispatchEvent(new CustomEvent('following-changed', { detail: { following: on } }));
    }
    if (on) {
      this.unseen = 0;
    }
  }

  private onScroll(event: Event): void {
    const scroller = event.currentTarget as HTMLElement;
    this.first = Math.floor(scroller.scrollTop / ROW);
    if (this.ownScroll) {
      this.ownScroll = false;
      return;
    }
    this.setFollowing(scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop < ROW * 1.5);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.selected) {
      this.selected = undefined;
      event.stopPropagation();
    } else if (event.key === 'End') {
      this.follow(true);
      event.preventDefault();
    } else if ((event.key === 'ArrowUp' || event.key === 'ArrowDown') && !event.altKey && !event.ctrlKey && !event.metaKey) {
      this.step(event.key === 'ArrowUp' ? -1 : 1);
      event.preventDefault();
    }
  }

  /** To the line before or after the selected one; from the newest in sight when none is. */
  private step(by: number): void {
    const scroller = this.scroller();
    const now = this.selected ? this.shown.indexOf(this.selected) : -1;
    const inSight = scroller ? Math.floor((scroller.scrollTop + scroller.clientHeight) / ROW) - 1 : 0;
    const from = now >= 0 ? now + by : Math.min(inSight, this.shown.length - 1);
    if (from >= 0 && from < this.shown.length) {
      this.choose(from);
    }
  }

  private copy(): void {
    if (this.selected) {
      void navigator.clipboard?.writeText(this.selected.plain);
    }
  }

  render() {
    const height = this.scroller()?.clientHeight ?? 400;
    const from = Math.max(0, Math.min(this.first, this.shown.length) - OVERSCAN);
    const to = Math.min(this.shown.length, this.first + Math.ceil(height / ROW) + OVERSCAN);
    return html`
      <div class="window">
        <div class="scroller" part="scroller" tabindex="0" role="log" aria-live="off" aria-label=${this.label}
             @scroll=${this.onScroll} @keydown=${this.onKey}>
          <div class="all" style=${styleMap({ height: `${this.shown.length * ROW}px` })}>
            <div class="rows" style=${styleMap({ transform: `translateY(${from * ROW}px)` })}>
              ${this.shown.slice(from, to).map((each) => this.row(each))}
            </div>
          </div>
        </div>
        ${this.shown.length === 0
          ? html`<div class="empty">${this.lines.length === 0 ? this.empty : t('No line matches the filter.')}</div>`
          : nothing}
        ${!this.following && this.live && this.shown.length > 0
          ? html`<button class="latest" @click=${() => this.follow(true)}>
              ${this.unseen > 0 ? this.unseen === 1 ? t('1 new line ↓') : t('{0} new lines ↓', this.unseen) : t('Go to the newest line ↓')}
            </button>`
          : nothing}
      </div>
      ${this.selected ? this.detail(this.selected) : nothing}
    `;
  }

  private row(line: Line) {
    if (line.gap > 0) {
      return html`<div class="row gap">${line.gap === 1 ? t('1 line not shown') : t('{0} lines not shown', whole.format(line.gap))}</div>`;
    }
    return html`<div class="row p${line.priority} ${line.source === 'op' ? 'op' : ''}" ?data-selected=${line === this.selected}
        @click=${() => (this.selected = line === this.selected ? undefined : line)}><span
        class="time">${time.format(line.time)}</span>${line.source ? html`<span class="source">${line.source}</span>` : nothing}${this.units && line.unit
        ? html`<span class="unit" title=${line.unit}>${line.unit.replace(/\.service$/, '')}</span>` : nothing}<span
        class="text">${this.words(oneLine(line.raw))}</span></div>`;
  }

  /** Text as nodes: what a log says never becomes markup. */
  private words(raw: string) {
    return marked(runs(raw), this.found).map((run) => {
      const text = run.found ? html`<mark>${run.text}</mark>` : run.text;
      return run.classes || run.colour
        ? html`<span class=${run.classes} style=${styleMap(run.colour ? { color: run.colour } : {})}>${text}</span>`
        : text;
    });
  }

  private detail(line: Line) {
    const members = fields(line.plain);
    return html`<div class="detail" role="region" aria-live="polite" aria-label=${t('The chosen line')} tabindex="-1" @keydown=${this.onKey}>
      <header>
        <span>${exact.format(line.time)} · ${PRIORITIES[line.priority] ?? ''}${line.source ? ` · ${line.source}` : ''}${line.unit ? ` · ${line.unit}` : ''}</span>
        ${this.links && line.cursor ? html`<a href=${`${location.pathname}?line=${encodeURIComponent(line.cursor)}`}>${t('Show with its neighbours')}</a>` : nothing}
        <button @click=${this.copy}>${t('Copy')}</button>
        <button @click=${() => (this.selected = undefined)}>${t('Close')}</button>
      </header>
      ${members
        ? html`<table>${members.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${marked([{ text: value, classes: '' }], this.found).map((run) => (run.found ? html`<mark>${run.text}</mark>` : run.text))}</td></tr>`)}</table>`
        : html`<pre>${this.words(line.raw)}</pre>`}
    </div>`;
  }
}

function line([at, priority, source, raw, derivation, cursor, unit]: Wire): Line {
  return { time: at, priority, source, raw, plain: withoutEscapes(raw), derivation: derivation ?? '', cursor: cursor ?? '', unit: unit ?? '', gap: 0 };
}

function gap(count: number): Line {
  return { time: 0, priority: 0, source: '', raw: '', plain: '', derivation: '', cursor: '', unit: '', gap: count };
}

/** A row is one line high; what has several says where they end, and the details have them as they are. */
function oneLine(raw: string): string {
  return raw.includes('\n') ? raw.replace(/\n/g, ' ⏎ ') : raw;
}

customElements.define('croft-log', CroftLog);
