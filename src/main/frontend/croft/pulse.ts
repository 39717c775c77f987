import { serverClock } from './server-clock';
import { Silence } from './silence';
import { t } from './texts';

/**
 * Says when the console has gone quiet. The server changes `beat` (its own time) every few seconds; a page that hears nothing for longer
 * shows a copy that may be wrong, and has to say so. (Vaadin's own sign waits for a click.)
 *
 * A change of a firewall or a network can kill the page's connection without a word: packets vanish, and the browser waits for minutes.
 * So a quiet page asks for a small file over an ordinary request. When that is answered and the page still hears nothing, it loads
 * itself anew. While `urgent` is set (a change is being activated, somebody has to confirm it) it does so within seconds.
 */
const PROBE_MS = 2500;
const PROBED = 'icons/favicon.svg';

class CroftPulse extends HTMLElement {
  static observedAttributes = ['beat'];

  private silence = new Silence(Date.now());
  private timer: number | undefined;
  private probing = false;

  connectedCallback(): void {
    this.setAttribute('role', 'alert');
    this.hidden = true;
    this.silence = new Silence(Date.now());
    this.timer = window.setInterval(() => this.look(), 1000);
  }

  disconnectedCallback(): void {
    window.clearInterval(this.timer);
    document.documentElement.removeAttribute('data-stale');
  }

  attributeChangedCallback(_name: string, _before: string | null, beat: string | null): void {
    if (beat) {
      serverClock.heard(Number(beat));
    }
    this.silence.heard(Date.now());
    this.look();
  }

  private look(): void {
    const next = this.silence.next(Date.now(), this.hasAttribute('urgent'), document.hidden);
    if (next === 'reload') {
      location.reload();
      return;
    }
    if (next === 'probe' && !this.probing) {
      void this.probe();
    }
    const quiet = this.silence.worrying(Date.now());
    if (this.hidden === !quiet) {
      return;
    }
    this.hidden = !quiet;
    document.documentElement.toggleAttribute('data-stale', quiet);
    this.textContent = quiet
      ? t('The console does not answer. What you see may be out of date; what runs on the box goes on. Trying again …')
      : '';
  }

  private async probe(): Promise<void> {
    this.probing = true;
    try {
      const answer = await fetch(new URL(PROBED, document.baseURI), { cache: 'no-store', signal: AbortSignal.timeout(PROBE_MS) });
      if (answer.ok) {
        this.silence.answered(Date.now());
      }
    } catch {
      // no way through yet: the next look asks again
    } finally {
      this.probing = false;
    }
  }
}

customElements.define('croft-pulse', CroftPulse);
