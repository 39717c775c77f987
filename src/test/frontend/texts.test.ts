import { test } from 'node:test';
import assert from 'node:assert/strict';

const page = (texts: string) => ({
  getElementById: (id: string) => (id === 'croft-texts' ? { textContent: texts } : null),
  documentElement: { lang: 'de' },
});

// As in a page: what it brings is read once, when the script is loaded.
Object.assign(globalThis, { document: page('{"Open {0}":"{0} öffnen","__proto__":"Vorlage"}') });
const { t } = await import('../../main/frontend/croft/texts.ts');

test('a text is said in the language of the page', () => {
  assert.equal(t('Open {0}', 'blog'), 'blog öffnen');
  assert.equal(t('Close'), 'Close');
});

test('a text called as something that every object has is a text', () => {
  for (const name of ['constructor', 'toString', 'hasOwnProperty', 'valueOf']) assert.equal(t(name), name);
});

test('a text called __proto__ is one among others, and changes no object', () => {
  assert.equal(t('__proto__'), 'Vorlage');
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
});
