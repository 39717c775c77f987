import { Chart, Filler, LineController, LineElement, LinearScale, PointElement, type ChartConfiguration, type Plugin } from 'chart.js';
import zoomPlugin from 'chartjs-plugin-zoom';
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { LiveWindow, csv, figure, moment, newest, rows, tickWords, ticks, unit, type ChartData, type WindowData } from './metrics-data';
import { serverClock } from './server-clock';
import { t } from './texts';

Chart.register(LineController, LineElement, PointElement, LinearScale, Filler, zoomPlugin);

/** A change of the box or the app, or something that failed. */
interface Marker {
  id: string;
  at: number;
  label: string;
  tone: 'ok' | 'bad' | 'busy' | 'idle';
}

const DAY = 86_400_000;
const RANGES: { id: string; label: string; span: number }[] = [
  { id: '15m', label: t('15 min'), span: 900_000 },
  { id: '1h', label: t('1 hour'), span: 3_600_000 },
  { id: '1d', label: t('1 day'), span: DAY },
  { id: '1w', label: t('1 week'), span: 7 * DAY },
  { id: '1M', label: t('1 month'), span: 31 * DAY },
  { id: '1y', label: t('1 year'), span: 366 * DAY },
];
const COLOURS = 8;
/** Those who cannot tell colours apart tell lines apart. */
const DASHES = [[], [7, 3], [2, 3], [10, 3, 2, 3], [5, 5], [1, 2], [12, 4], [4, 2, 1, 2]];
const TABLE_ROWS = 48;
const LEAST_SPAN = 30_000;
/** Pixels beside a mark in which it is meant. */
const NEAR = 6;

/**
 * The charts of a page: one time for all of them, one crosshair through all of them. The server sends a window once, and then each
 * reading by itself. Chart.js draws; its axis is a plain one of numbers with marks of its own (metrics-data.ts), because its axis of time
 * needs a library of dates that knows neither the page's language nor its clock.
 */
class CroftMetrics extends LitElement {
  static properties = {
    label: { type: String },
    range: { type: String },
    live: { state: true },
    tables: { state: true },
    cross: { state: true },
    version: { state: true },
    waiting: { state: true },
  };

  static styles = css`
    :host { display: block; }
    .bar { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; margin-block-end: 1rem; }
    .group { display: inline-flex; flex-wrap: wrap; border: 1px solid var(--croft-line-strong); border-radius: var(--vaadin-radius-m); overflow: hidden; }
    .spring { flex: 1; }
    button {
      font: inherit; font-size: 0.875rem; color: inherit; background: var(--croft-surface); border: 0; padding: 0.375rem 0.75rem; min-height: 2.25rem;
      cursor: pointer;
    }
    button.own { border: 1px solid var(--croft-line-strong); border-radius: var(--vaadin-radius-m); }
    .group button + button { border-inline-start: 1px solid var(--croft-line); }
    button:hover { background: var(--croft-surface-quiet); }
    button:focus-visible, canvas:focus-visible, .scroll:focus-visible { outline: 2px solid var(--vaadin-focus-ring-color); outline-offset: -2px; }
    button[aria-pressed='true'] { background: var(--croft-accent); color: var(--croft-accent-contrast); }
    button:disabled { opacity: 0.5; cursor: default; }
    .charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 25rem), 1fr)); }
    .charts[aria-busy='true'] { opacity: 0.6; }
    section { min-width: 0; border: 1px solid var(--croft-line); border-radius: var(--vaadin-radius-l, 0.75rem); background: var(--croft-surface); padding: 0.75rem 1rem; }
    header { display: flex; align-items: baseline; gap: 0.5rem; }
    h2 { margin: 0; font-size: 0.9375rem; font-weight: 600; }
    .unit { color: var(--croft-text-muted); font-size: 0.8125rem; flex: 1; }
    .tools { display: flex; gap: 0.25rem; }
    .tools button { min-height: 1.75rem; padding: 0.125rem 0.5rem; font-size: 0.75rem; border-radius: var(--vaadin-radius-s, 0.25rem); color: var(--croft-text-muted); }
    ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.125rem 1rem; margin: 0.25rem 0 0.5rem; padding: 0; font-size: 0.8125rem; min-height: 1.25rem; }
    li { display: inline-flex; gap: 0.375rem; align-items: center; min-width: 0; }
    li b { font-weight: 600; font-variant-numeric: tabular-nums; }
    svg.line { inline-size: 1.5rem; block-size: 0.5rem; flex: none; }
    svg.line line { stroke-width: 2.5; }
    .plot { position: relative; height: 11rem; }
    canvas { touch-action: pan-y !important; }
    .gap { margin: 0.25rem 0 0; font-size: 0.8125rem; color: var(--croft-text-muted); }
    .nothing { display: grid; place-content: center; height: 11rem; text-align: center; padding-inline: 1rem; }
    .moment { font-variant-numeric: tabular-nums; font-size: 0.875rem; color: var(--croft-text-muted); min-height: 1.5rem; margin-block-end: 0.5rem; }
    .scroll { overflow: auto; max-height: 22rem; }
    table { border-collapse: collapse; font-size: 0.8125rem; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { text-align: end; padding: 0.25rem 0.5rem; border-block-end: 1px solid var(--croft-line); white-space: nowrap; }
    th:first-child { text-align: start; font-weight: 400; }
    thead th { position: sticky; inset-block-start: 0; background: var(--croft-surface); font-weight: 600; white-space: normal; }
    .c0 { color: var(--croft-chart-1); }
    .c1 { color: var(--croft-chart-2); }
    .c2 { color: var(--croft-chart-3); }
    .c3 { color: var(--croft-chart-4); }
    .c4 { color: var(--croft-chart-5); }
    .c5 { color: var(--croft-chart-6); }
    .c6 { color: var(--croft-chart-7); }
    .c7 { color: var(--croft-chart-8); }
    .probe { display: none; }
    @media (max-width: 40rem) {
      .spring { flex-basis: 100%; height: 0; }
      .bar { gap: 0.5rem; }
      .ranges { display: flex; flex-wrap: nowrap; inline-size: 100%; }
      .ranges button { flex: 1 1 auto; padding-inline: 0.125rem; font-size: 0.8125rem; white-space: nowrap; }
      section { padding: 0.625rem 0.75rem; }
    }
    @media (forced-colors: active) { button[aria-pressed='true'] { outline: 2px solid Highlight; } }
  `;

  declare label: string;
  declare range: string;
  declare live: boolean;
  declare tables: boolean;
  declare cross: number | undefined;
  declare version: number;
  declare waiting: boolean;

  private window: LiveWindow | undefined;
  private markers: Marker[] = [];
  private readonly drawn = new Map<string, Chart>();
  private frame = 0;
  private settle: number | undefined;
  private readonly darkness = window.matchMedia('(prefers-color-scheme: dark)');
  private readonly repaint = (): void => this.schedule(true);
  private readonly scheme = new MutationObserver(this.repaint);
  private inSight = true;

  constructor() {
    super();
    this.label = '';
    this.range = '1h';
    this.live = true;
    this.tables = false;
    this.version = 0;
    this.waiting = true;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.darkness.addEventListener('change', this.repaint);
    this.scheme.observe(document.documentElement, { attributes: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.darkness.removeEventListener('change', this.repaint);
    this.scheme.disconnect();
    window.clearTimeout(this.settle);
    this.drawn.forEach((chart) => chart.destroy());
    this.drawn.clear();
  }

  // ---- what the server calls

  /** A whole window: after a choice of the reader's, or when the page opens. */
  present(data: WindowData, live: boolean): void {
    this.window = new LiveWindow(data);
    this.live = live;
    this.waiting = false;
    window.clearTimeout(this.settle);
    this.settle = undefined;
    this.schedule(true);
  }

  /** One measurement; only while the window moves with the time. */
  reading(at: number, values: Record<string, number>): void {
    if (this.live && this.window) {
      this.window.take(at, values);
      this.schedule(false);
    }
  }

  /** What happened in this time, oldest first. */
  mark(markers: Marker[]): void {
    this.markers = markers;
    this.schedule(false);
  }

  // ---- time

  private span(): { from: number; to: number } {
    const shown = this.drawn.values().next().value?.options.scales?.['x'];
    if (shown && typeof shown.min === 'number' && typeof shown.max === 'number') {
      return { from: shown.min, to: shown.max };
    }
    const window = this.window;
    return window ? { from: window.data.from, to: window.to } : { from: serverClock.now() - 3_600_000, to: serverClock.now() };
  }

  private choose(range: string): void {
    this.range = range;
    const span = RANGES.find((each) => each.id === range)?.span ?? 3_600_000;
    this.ask(span, 0, true);
  }

  private ask(span: number, to: number, live: boolean): void {
    this.live = live;
    this.waiting = true;
    this.dispatchEvent(new CustomEvent('window-wanted', { detail: { seconds: Math.round(span / 1000), to: Math.round(to / 1000), live, range: live ? this.range : '' } }));
  }

  /** By a factor around the middle, or moved by a share of itself. */
  private look(factor: number, move: number): void {
    const { from, to } = this.span();
    const span = Math.min(366 * DAY, Math.max(LEAST_SPAN, (to - from) * factor));
    const middle = (from + to) / 2 + (to - from) * move;
    this.lookAt(middle - span / 2, middle + span / 2);
  }

  private lookAt(from: number, to: number): void {
    const now = serverClock.now();
    const end = Math.min(to, now);
    this.range = '';
    this.ask(Math.max(LEAST_SPAN, to - from), Math.max(end, now - 366 * DAY + LEAST_SPAN), false);
  }

  /** The reader drags or turns the wheel over one chart: the others go along, and what they then want to see is fetched when they rest. */
  private followed(source: Chart): void {
    const { min, max } = source.scales['x']!;
    this.live = false;
    this.drawn.forEach((chart) => {
      if (chart !== source) {
        this.bound(chart, min, max);
        chart.update('none');
      }
    });
    window.clearTimeout(this.settle);
    this.settle = window.setTimeout(() => this.lookAt(min, max), 350);
  }

  private bound(chart: Chart, from: number, to: number): void {
    const scale = chart.options.scales?.['x'];
    if (scale) {
      scale.min = from;
      scale.max = to;
    }
  }

  // ---- drawing

  private schedule(whole: boolean): void {
    if (whole) {
      this.version++;
    }
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.requestUpdate();
      this.drawAll();
    });
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('version') || changed.has('tables')) {
      this.drawAll();
    }
  }

  private drawAll(): void {
    const window = this.window;
    if (!window) {
      return;
    }
    const alive = new Set<string>();
    for (const data of window.data.charts) {
      const canvas = this.renderRoot.querySelector<HTMLCanvasElement>(`canvas[data-chart="${data.id}"]`);
      if (canvas) {
        alive.add(data.id);
        this.draw(canvas, data, window);
      }
    }
    for (const [id, chart] of this.drawn) {
      if (!alive.has(id)) {
        chart.destroy();
        this.drawn.delete(id);
      }
    }
  }

  private draw(canvas: HTMLCanvasElement, data: ChartData, window: LiveWindow): void {
    const { from, step, count } = window.data;
    const datasets = data.series.flatMap((series, i) => {
      const colour = this.colour(`.c${i % COLOURS}`);
      const points = (values: (number | null)[]) => values.map((y, at) => ({ x: from + at * step, y: y ?? Number.NaN }));
      const line = {
        data: points(series.values),
        borderColor: colour,
        borderDash: DASHES[i % DASHES.length] ?? [],
        borderWidth: 1.75,
        pointRadius: lonely(series.values),
        pointBackgroundColor: colour,
        pointBorderWidth: 0,
        pointHitRadius: 0,
        fill: false as boolean | string,
      };
      if (!series.least || !series.most) {
        return [line];
      }
      const edge = { borderWidth: 0, pointRadius: 0, backgroundColor: withAlpha(colour, 0.16), borderColor: 'transparent' };
      return [line, { ...edge, data: points(series.most), fill: '+1' }, { ...edge, data: points(series.least), fill: false }];
    });
    const known = this.drawn.get(data.id);
    if (known?.canvas === canvas) {
      // Chart.js keeps what it knows of a dataset that stays the same object.
      datasets.forEach((dataset, i) => {
        known.data.datasets[i] = Object.assign(known.data.datasets[i] ?? {}, dataset) as (typeof known.data.datasets)[0];
      });
      known.data.datasets.length = datasets.length;
      // While the reader moves the charts, and until what they then want to see is there, they stay where they were moved to.
      if (!this.waiting && this.settle === undefined) {
        this.bound(known, from, from + step * count);
      }
      this.dress(known, data);
      known.update('none');
      return;
    }
    known?.destroy();
    const config: ChartConfiguration<'line', { x: number; y: number }[]> = {
      type: 'line',
      data: { datasets },
      options: {
        animation: false,
        parsing: false,
        normalized: true,
        maintainAspectRatio: false,
        events: [],
        scales: {
          x: {
            type: 'linear',
            min: from,
            max: from + step * count,
            afterBuildTicks: (axis) => {
              const most = Math.max(2, Math.floor(axis.chart.width / 80));
              axis.ticks = ticks(axis.min, axis.max, most).map((value) => ({ value }));
            },
            ticks: {
              autoSkip: false,
              maxRotation: 0,
              callback: (value, _, all) => tickWords(Number(value), (all[1]?.value ?? 0) - (all[0]?.value ?? 0)),
            },
          },
          y: { beginAtZero: true, suggestedMax: 0, ticks: { maxTicksLimit: 5, callback: (value) => figure(Number(value), data.measure) } },
        },
        plugins: {
          zoom: {
            limits: { x: { minRange: LEAST_SPAN } },
            pan: { enabled: true, mode: 'x', threshold: 5, onPan: ({ chart }) => this.followed(chart) },
            zoom: {
              mode: 'x',
              // A wheel without a key scrolls the page.
              wheel: { enabled: true, modifierKey: 'ctrl' },
              pinch: { enabled: true },
              onZoom: ({ chart }) => this.followed(chart),
            },
          },
        },
      },
      plugins: [this.overlay],
    };
    const made = new Chart(canvas, config) as unknown as Chart;
    this.drawn.set(data.id, made);
    this.dress(made, data);
    made.update('none');
  }

  /** Colours and fonts of the page as it is now, light or dark. */
  private dress(chart: Chart, data: ChartData): void {
    const text = this.colour('.probe-text');
    const line = this.colour('.probe-line');
    const family = getComputedStyle(this).fontFamily;
    for (const axis of ['x', 'y']) {
      const scale = chart.options.scales?.[axis];
      if (scale) {
        Object.assign(scale, {
          ticks: Object.assign(scale.ticks ?? {}, { color: text, font: { family, size: 11 } }),
          grid: { color: line, drawTicks: false, display: axis === 'y' },
          border: { color: line },
        });
      }
    }
    const y = chart.options.scales?.['y'];
    if (y && 'suggestedMax' in y) {
      // Too fine a scale would make mountains of noise.
      y.suggestedMax = { cores: 0.1, ratio: 0.05, bytes: 1_000_000, 'bytes/s': 10_000, '1/s': 1, count: 1, '°C': 50 }[data.measure];
    }
  }

  /** Marks of changes, and the crosshair that all charts share. */
  private readonly overlay: Plugin = {
    id: 'croft-overlay',
    afterDatasetsDraw: (chart) => {
      const { ctx, chartArea: area } = chart;
      const x = chart.scales['x'];
      if (!x || !area) {
        return;
      }
      ctx.save();
      for (const marker of this.markers) {
        const at = x.getPixelForValue(marker.at);
        if (at < area.left || at > area.right) {
          continue;
        }
        const colour = this.colour(`.probe-${marker.tone}`);
        ctx.strokeStyle = colour;
        ctx.fillStyle = colour;
        ctx.lineWidth = 1;
        ctx.setLineDash([3, 3]);
        ctx.beginPath();
        ctx.moveTo(at, area.top);
        ctx.lineTo(at, area.bottom);
        ctx.stroke();
        // A triangle for what went well, a cross for what did not.
        ctx.setLineDash([]);
        ctx.beginPath();
        if (marker.tone === 'bad') {
          ctx.lineWidth = 2;
          ctx.moveTo(at - 4, area.top);
          ctx.lineTo(at + 4, area.top + 8);
          ctx.moveTo(at + 4, area.top);
          ctx.lineTo(at - 4, area.top + 8);
          ctx.stroke();
        } else {
          ctx.moveTo(at - 5, area.top);
          ctx.lineTo(at + 5, area.top);
          ctx.lineTo(at, area.top + 7);
          ctx.fill();
        }
      }
      if (this.cross !== undefined) {
        const at = x.getPixelForValue(this.cross);
        if (at >= area.left && at <= area.right) {
          ctx.strokeStyle = this.colour('.probe-text');
          ctx.lineWidth = 1;
          ctx.beginPath();
          ctx.moveTo(at, area.top);
          ctx.lineTo(at, area.bottom);
          ctx.stroke();
        }
      }
      ctx.restore();
    },
  };

  /** A canvas knows no custom properties: an element that has the colour is asked. */
  private colour(selector: string): string {
    const probe = this.renderRoot.querySelector(`.probe ${selector}`);
    return probe ? asRgb(getComputedStyle(probe).color) : '#808080';
  }

  // ---- pointing

  private point(event: PointerEvent, id: string): void {
    const chart = this.drawn.get(id);
    const scale = chart?.scales['x'];
    const area = chart?.chartArea;
    if (!scale || !area || event.offsetX < area.left || event.offsetX > area.right) {
      this.setCross(undefined);
      return;
    }
    this.setCross(scale.getValueForPixel(event.offsetX));
  }

  private setCross(at: number | undefined): void {
    this.cross = at;
    this.drawn.forEach((chart) => chart.draw());
  }

  private key(event: KeyboardEvent): void {
    const window = this.window;
    if (!window) {
      return;
    }
    const { step } = window.data;
    switch (event.key) {
      case 'ArrowLeft':
      case 'ArrowRight': {
        const move = (event.key === 'ArrowLeft' ? -1 : 1) * step * (event.shiftKey ? 10 : 1);
        const at = (this.cross ?? window.to - step) + move;
        this.setCross(Math.min(window.to - step, Math.max(window.data.from, at)));
        break;
      }
      case '+':
        this.look(0.5, 0);
        break;
      case '-':
        this.look(2, 0);
        break;
      case 'Escape':
        this.setCross(undefined);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  private index(): number | undefined {
    const window = this.window;
    if (this.cross === undefined || !window) {
      return undefined;
    }
    const index = Math.floor((this.cross - window.data.from) / window.data.step);
    return index >= 0 && index < window.data.count ? index : undefined;
  }

  private near(): Marker[] {
    const chart = this.drawn.values().next().value;
    const scale = chart?.scales['x'];
    if (this.cross === undefined || !scale) {
      return [];
    }
    const at = scale.getPixelForValue(this.cross);
    return this.markers.filter((marker) => Math.abs(scale.getPixelForValue(marker.at) - at) <= NEAR);
  }

  // ---- files

  private saveCsv(charts: ChartData[], name: string): void {
    const window = this.window;
    if (window) {
      save(new Blob([csv(window.data, charts)], { type: 'text/csv;charset=utf-8' }), `${name}.csv`);
    }
  }

  private savePng(data: ChartData): void {
    const chart = this.drawn.get(data.id);
    const window = this.window;
    if (!chart || !window) {
      return;
    }
    const source = chart.canvas;
    const scale = source.width / source.clientWidth;
    const head = 44 + 18 * data.series.length;
    const made = document.createElement('canvas');
    made.width = source.width + 32 * scale;
    made.height = source.height + (head + 32) * scale;
    const ctx = made.getContext('2d');
    if (!ctx) {
      return;
    }
    ctx.scale(scale, scale);
    ctx.fillStyle = this.colour('.probe-surface');
    ctx.fillRect(0, 0, made.width, made.height);
    const family = getComputedStyle(this).fontFamily;
    ctx.fillStyle = this.colour('.probe-strong');
    ctx.font = `600 15px ${family}`;
    ctx.fillText(`${this.label} · ${data.title} (${unit(data.measure)})`, 16, 28);
    ctx.font = `12px ${family}`;
    ctx.fillStyle = this.colour('.probe-text');
    ctx.fillText(`${moment(window.data.from)} – ${moment(window.to)}`, 16, 46);
    data.series.forEach((series, i) => {
      const y = 62 + 18 * i;
      ctx.strokeStyle = this.colour(`.c${i % COLOURS}`);
      ctx.lineWidth = 2;
      ctx.setLineDash(DASHES[i % DASHES.length] ?? []);
      ctx.beginPath();
      ctx.moveTo(16, y - 4);
      ctx.lineTo(44, y - 4);
      ctx.stroke();
      ctx.fillText(series.label, 52, y);
    });
    ctx.drawImage(source, 16, head + 16, source.clientWidth, source.clientHeight);
    made.toBlob((blob) => {
      if (blob) {
        save(blob, `${fileName(this.label)}-${data.id}.png`);
      }
    });
  }

  // ---- page

  private hasValues(data: ChartData): boolean {
    return data.series.some((series) => series.values.some((value) => value !== null));
  }

  private summary(data: ChartData): string {
    const words = data.series.map((series) => {
      const known = series.values.filter((value) => value !== null);
      const last = newest(series.values);
      return known.length === 0
        ? t('{0}: not measured', series.label)
        : t(
            '{0}: {1} now, least {2}, most {3}',
            series.label,
            last === null ? t('not measured') : figure(last, data.measure),
            figure(Math.min(...known), data.measure),
            figure(Math.max(...known), data.measure),
          );
    });
    return `${data.title}. ${words.join('; ')}`;
  }

  private legend(data: ChartData) {
    const index = this.index();
    return html`<ul>
      ${data.series.map((series, i) => {
        const value = index === undefined ? newest(series.values) : (series.values[index] ?? null);
        const least = index === undefined ? null : series.least?.[index];
        const most = index === undefined ? null : series.most?.[index];
        const range = least !== null && least !== undefined && most !== null && most !== undefined && least !== most;
        return html`<li>
          <svg class="line c${i % COLOURS}" viewBox="0 0 24 8" aria-hidden="true">
            <line x1="0" y1="4" x2="24" y2="4" stroke="currentColor" stroke-dasharray=${(DASHES[i % DASHES.length] ?? []).join(' ') || 'none'}></line>
          </svg>
          <span>${series.label}</span>
          <b>${value === null ? t('not measured') : figure(value, data.measure)}</b>
          ${range ? html`<span class="unit">${figure(least, data.measure)} – ${figure(most, data.measure)}</span>` : nothing}
        </li>`;
      })}
    </ul>`;
  }

  private table(window: WindowData, data: ChartData) {
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${data.title}>
      <table>
        <caption hidden>${data.title}, ${unit(data.measure)}</caption>
        <thead><tr><th scope="col">${t('Time')}</th>${data.series.map((series) => html`<th scope="col">${series.label}</th>`)}</tr></thead>
        <tbody>
          ${rows(window, data, TABLE_ROWS).map(
            (row) => html`<tr><th scope="row">${moment(row.at)}</th>${row.values.map((value) => html`<td>${value === null ? '–' : figure(value, data.measure)}</td>`)}</tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private chart(window: WindowData, data: ChartData) {
    const some = this.hasValues(data);
    return html`<section data-chart=${data.id}>
      <header>
        <h2>${data.title}</h2>
        <span class="unit">${unit(data.measure)}</span>
        <span class="tools">
          ${some && !this.tables ? html`<button type="button" class="png" title=${t('Save as a picture')} aria-label=${t('{0}: save as a picture', data.title)} @click=${() => this.savePng(data)}>PNG</button>` : nothing}
          ${some
            ? html`<button type="button" class="csv" title=${t('Save as a table')} aria-label=${t('{0}: save as a table', data.title)} @click=${() => this.saveCsv([data], `${fileName(this.label)}-${data.id}`)}>CSV</button>`
            : nothing}
        </span>
      </header>
      ${some
        ? html`${this.legend(data)}${this.tables
            ? this.table(window, data)
            : html`<div class="plot">
                <canvas
                  data-chart=${data.id}
                  tabindex="0"
                  role="img"
                  aria-label=${this.summary(data)}
                  @pointermove=${(event: PointerEvent) => this.point(event, data.id)}
                  @pointerleave=${() => this.setCross(undefined)}
                  @keydown=${(event: KeyboardEvent) => this.key(event)}
                ></canvas>
              </div>`}
          ${data.gap ? html`<p class="gap">${data.gap}</p>` : nothing}`
        : html`<p class="gap nothing">${data.gap || t('Nothing was measured in this time.')}</p>`}
    </section>`;
  }

  protected override render() {
    const window = this.window;
    const near = this.near();
    return html`
      <div class="probe" aria-hidden="true">
        ${[...Array(COLOURS).keys()].map((i) => html`<i class="c${i}"></i>`)}
        <i class="probe-text" style="color: var(--croft-text-muted)"></i><i class="probe-line" style="color: var(--croft-line)"></i>
        <i class="probe-strong"></i><i class="probe-surface" style="color: var(--croft-surface)"></i>
        ${['ok', 'bad', 'busy', 'idle'].map((tone) => html`<i class="probe-${tone}" style="color: var(--croft-${tone})"></i>`)}
      </div>
      <div class="bar" role="toolbar" aria-label=${t('Time that is shown')}>
        <span class="group ranges">
          ${RANGES.map(
            (each) => html`<button type="button" data-range=${each.id} aria-pressed=${String(this.range === each.id)} @click=${() => this.choose(each.id)}>${each.label}</button>`,
          )}
        </span>
        <span class="group">
          <button type="button" class="earlier" title=${t('Earlier')} aria-label=${t('Earlier')} @click=${() => this.look(1, -0.5)}>◀</button>
          <button type="button" class="out" title=${t('Longer time')} aria-label=${t('Longer time')} @click=${() => this.look(2, 0)}>−</button>
          <button type="button" class="in" title=${t('Shorter time')} aria-label=${t('Shorter time')} @click=${() => this.look(0.5, 0)}>+</button>
          <button type="button" class="later" title=${t('Later')} aria-label=${t('Later')} ?disabled=${this.live} @click=${() => this.look(1, 0.5)}>▶</button>
        </span>
        ${this.live ? nothing : html`<button type="button" class="own live" @click=${() => this.choose(this.range || '1h')}>${t('Back to now')}</button>`}
        <span class="spring"></span>
        <button type="button" class="own tables" aria-pressed=${String(this.tables)} @click=${() => { this.tables = !this.tables; }}>${t('As tables')}</button>
        <button type="button" class="own csv-all" ?disabled=${!window} @click=${() => window && this.saveCsv(window.data.charts, fileName(this.label))}>CSV</button>
      </div>
      <div class="moment" aria-live=${this.cross === undefined ? 'off' : 'polite'}>
        ${window ? (this.cross === undefined ? `${moment(window.data.from)} – ${moment(window.to)}` : moment(this.cross)) : nothing}
        ${near.map((marker) => html` · <strong>${marker.label}</strong>`)}
      </div>
      <div class="charts" aria-busy=${String(this.waiting)}>${window?.data.charts.map((data) => this.chart(window.data, data))}</div>
    `;
  }
}

/** A value between gaps is a line of no length: it is drawn as a dot. */
function lonely(values: (number | null)[]): number[] {
  return values.map((value, i) => (value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null ? 1.5 : 0));
}

const seen = new Map<string, string>();
let pixel: CanvasRenderingContext2D | null = null;

/** Chart.js does not know all the ways in which a colour can be written. */
function asRgb(colour: string): string {
  let known = seen.get(colour);
  if (!known) {
    pixel ??= Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
    if (!pixel) {
      return colour;
    }
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data;
    known = `rgb(${String(red)}, ${String(green)}, ${String(blue)})`;
    seen.set(colour, known);
  }
  return known;
}

function withAlpha(colour: string, alpha: number): string {
  return colour.replace('rgb(', 'rgba(').replace(')', `, ${String(alpha)})`);
}

function fileName(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-');
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

customElements.define('croft-metrics', CroftMetrics);
