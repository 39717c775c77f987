/**
 * What scripts say, in the page's language. As on the server the English text is the key; index.html brings the others
 * (dev.croft.ui.shell.Languages), so the first words are right.
 */
const inPage = typeof document === 'undefined' ? undefined : document.getElementById('croft-texts')?.textContent;
// A Map: an object has members of its own, and a text may be called as one of them.
const texts = new Map(Object.entries(JSON.parse(inPage ?? '{}') as Record<string, string>));

/** The text with values in the places {0}, {1} … */
export function t(text: string, ...values: (string | number)[]): string {
  return (texts.get(text) ?? text).replace(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}

/** The page's language in the way of the reader's own country, if their browser speaks that language. */
export function locale(): string {
  const language = typeof document === 'undefined' ? 'en' : document.documentElement.lang || 'en';
  const own = typeof navigator === 'undefined' ? [] : (navigator.languages ?? []);
  return own.find((each) => each.split('-')[0] === language) ?? language;
}
