import { read, text } from './webauthn';

/** Why there is no answer: none can be had here, it is there already, or the person gave up or has none. */
type Refused = 'impossible' | 'there' | 'left';

type Said = { answer: string } | { refused: Refused };

const REFUSALS: Record<string, Refused> = { NotSupportedError: 'impossible', SecurityError: 'impossible', InvalidStateError: 'there' };

function answer(key: PublicKeyCredential, response: Record<string, unknown>): Said {
  return {
    answer: JSON.stringify({
      id: key.id,
      rawId: text(key.rawId),
      type: key.type,
      response,
      clientExtensionResults: key.getClientExtensionResults(),
      authenticatorAttachment: key.authenticatorAttachment ?? undefined,
    }),
  };
}

async function said(ask: () => Promise<Said>): Promise<Said> {
  if (!window.PublicKeyCredential) {
    return { refused: 'impossible' };
  }
  try {
    return await ask();
  } catch (error) {
    return { refused: (error instanceof DOMException && REFUSALS[error.name]) || 'left' };
  }
}

/** Asks the browser for a passkey when the server says so; draws nothing. */
class CroftPasskey extends HTMLElement {
  create(options: string): Promise<Said> {
    return said(async () => {
      const publicKey = read(options) as unknown as PublicKeyCredentialCreationOptions;
      const key = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
      const made = key.response as AuthenticatorAttestationResponse;
      return answer(key, {
        clientDataJSON: text(made.clientDataJSON),
        attestationObject: text(made.attestationObject),
        transports: made.getTransports?.() ?? [],
      });
    });
  }

  show(options: string): Promise<Said> {
    return said(async () => {
      const publicKey = read(options) as unknown as PublicKeyCredentialRequestOptions;
      const key = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
      const shown = key.response as AuthenticatorAssertionResponse;
      return answer(key, {
        clientDataJSON: text(shown.clientDataJSON),
        authenticatorData: text(shown.authenticatorData),
        signature: text(shown.signature),
        userHandle: shown.userHandle ? text(shown.userHandle) : undefined,
      });
    });
  }
}

customElements.define('croft-passkey', CroftPasskey);
