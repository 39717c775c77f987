/** What the server asks a browser for, and what the browser answers: the JSON of WebAuthn, in which bytes are Base64 for addresses. */
interface Key {
  id: string;
  [more: string]: unknown;
}

interface Options {
  challenge: string;
  user?: Key;
  excludeCredentials?: Key[] | null;
  allowCredentials?: Key[] | null;
  [more: string]: unknown;
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (each) => each.charCodeAt(0));
}

export function text(buffer: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');
}

/** Not every browser that has passkeys reads WebAuthn's JSON by itself. */
export function read(json: string): Record<string, unknown> {
  const asked = JSON.parse(json) as Options;
  const keys = (found?: Key[] | null) => (found ?? []).map((key) => ({ ...key, id: bytes(key.id) }));
  return {
    ...asked,
    challenge: bytes(asked.challenge),
    ...(asked.user ? { user: { ...asked.user, id: bytes(asked.user.id) } } : {}),
    excludeCredentials: keys(asked.excludeCredentials),
    allowCredentials: keys(asked.allowCredentials),
  };
}
