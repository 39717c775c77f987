/**
 * Says when the console has gone quiet. The server changes `beat` every few seconds; a page that hears nothing for longer shows a copy
 * that may be wrong, and has to say so. (Vaadin's own sign waits for a click.)
 */
const QUIET_AFTER_MS = 10_000;

class CroftPulse extends HTMLElement {
  static observedAttributes = ['beat'];

  private heard = Date.now();
  private timer: number | undefined;

  connectedCallback(): void {
    this.setAttribute('role', 'alert');
    this.hidden = true;
    this.heard = Date.now();
    this.timer = window.setInterval(() => this.look(), 1000);
  }

  disconnectedCallback(): void {
    window.clearInterval(this.timer);
    document.documentElement.removeAttribute('data-stale');
  }

  attributeChangedCallback(): void {
    this.heard = Date.now();
    this.look();
  }

  private look(): void {
    const quiet = Date.now() - this.heard > QUIET_AFTER_MS;
    if (this.hidden === !quiet) {
      return;
    }
    this.hidden = !quiet;
    document.documentElement.toggleAttribute('data-stale', quiet);
    this.textContent = quiet
      ? 'The console does not answer. What you see may be out of date; what runs on the box goes on. Trying again …'
      : '';
  }
}

customElements.define('croft-pulse', CroftPulse);
