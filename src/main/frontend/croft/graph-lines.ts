import { curve, type Box } from './curves';

type Edge = [from: string, to: string, strong: number];

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Lines between the boxes of a graph. The boxes are the page's own, in lists beside this element, each with its data-unit; this draws
 * behind them, again whenever one of them moves. It says nothing that the boxes do not say in words.
 */
class CroftGraphLines extends HTMLElement {
  static observedAttributes = ['edges'];

  private frame = 0;
  private readonly resized = new ResizeObserver(() => this.later());
  private readonly changed = new MutationObserver(() => {
    this.watchBoxes();
    this.later();
  });

  connectedCallback(): void {
    const graph = this.parentElement;
    if (graph) {
      this.changed.observe(graph, { childList: true, subtree: true, characterData: true });
      this.resized.observe(graph);
      this.watchBoxes();
    }
    this.later();
  }

  disconnectedCallback(): void {
    this.resized.disconnect();
    this.changed.disconnect();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  attributeChangedCallback(): void {
    this.later();
  }

  private watchBoxes(): void {
    this.boxes().forEach((box) => this.resized.observe(box));
  }

  private boxes(): Map<string, HTMLElement> {
    const found = new Map<string, HTMLElement>();
    this.parentElement?.querySelectorAll<HTMLElement>('[data-unit]').forEach((box) => found.set(box.dataset.unit ?? '', box));
    return found;
  }

  private later(): void {
    if (!this.frame) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
  }

  private draw(): void {
    const origin = this.getBoundingClientRect();
    const boxes = this.boxes();
    const place = (unit: string): Box | undefined => {
      const box = boxes.get(unit)?.getBoundingClientRect();
      return box && { left: box.left - origin.left, right: box.right - origin.left, top: box.top - origin.top, bottom: box.bottom - origin.top };
    };
    // What is drawn here is no change of the page.
    this.changed.disconnect();
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('width', '100%');
    svg.setAttribute('height', '100%');
    for (const [from, to, strong] of this.edges()) {
      const path = curve(place(from), place(to));
      if (path) {
        const line = document.createElementNS(SVG, 'path');
        line.setAttribute('d', path);
        line.setAttribute('class', strong ? 'strong' : 'weak');
        svg.append(line);
      }
    }
    this.replaceChildren(svg);
    if (this.parentElement) {
      this.changed.observe(this.parentElement, { childList: true, subtree: true, characterData: true });
    }
  }

  private edges(): Edge[] {
    return JSON.parse(this.getAttribute('edges') ?? '[]') as Edge[];
  }
}

customElements.define('croft-graph-lines', CroftGraphLines);
