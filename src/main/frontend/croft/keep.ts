/**
 * "Keep": proves that this browser still reaches the console, so it goes out as a request of its own and never over the page's old
 * connection. The console refuses one that came in over a connection from before the change and closes that connection; the browser
 * may have several of them, so it is asked again until a new one is used.
 */
// @ts-expect-error TS5097: Node, which runs the tests, wants the ending; the bundler does without.
import { t } from './texts.ts';

export interface Refusal {
  code?: string;
  what?: string;
  why?: string;
  next?: string;
}

export type Kept = { kept: true } | { kept: false; refusal: Refusal };

export interface Means {
  fetch(): Promise<Response>;
  /** Milliseconds by the clock that the deadline is of. */
  now(): number;
  sleep(millis: number): Promise<void>;
}

/** More than the connections that a browser keeps to one server. */
const OLD_CONNECTIONS = 8;
const PAUSE_MS = 250;
const UNREACHED_PAUSE_MS = 1000;

export async function keep(means: Means, deadline: number): Promise<Kept> {
  let refused = 0;
  for (;;) {
    let answer: Response | undefined;
    try {
      answer = await means.fetch();
    } catch {
      // no way through: perhaps the network is still being changed, so it is tried as long as there is time
    }
    if (answer?.ok) {
      return { kept: true };
    }
    if (answer) {
      const refusal = await read(answer);
      refused++;
      if (answer.status !== 409 || refusal.code !== 'CONFIRM_REFUSED' || refused >= OLD_CONNECTIONS) {
        return { kept: false, refusal };
      }
    }
    const pause = answer ? PAUSE_MS : UNREACHED_PAUSE_MS;
    if (means.now() + pause >= deadline) {
      return {
        kept: false,
        refusal: {
          what: t('The change was not kept.'),
          why: t('This browser did not reach the console in time.'),
          next: t('The box goes back by itself. When it has, reload this page.'),
        },
      };
    }
    await means.sleep(pause);
  }
}

async function read(answer: Response): Promise<Refusal> {
  if (answer.status === 401) {
    return {
      what: t('The change was not kept.'),
      why: t('You are not signed in any more.'),
      next: t('Reload this page and sign in; then press Keep again.'),
    };
  }
  try {
    return (await answer.json()) as Refusal;
  } catch {
    return { what: t('The change was not kept.'), why: t('The console answered {0}.', answer.status), next: t('Press Keep again.') };
  }
}
