import { test } from 'node:test';
import assert from 'node:assert/strict';
import { bytes, read, text } from '../../main/frontend/croft/webauthn.ts';

test('bytes come back as they were, whatever they are', () => {
  const all = Uint8Array.from({ length: 256 }, (_, each) => each);
  assert.deepEqual(bytes(text(all.buffer)), all);
  assert.equal(text(Uint8Array.of(255, 239, 254).buffer), '_-_-');
  assert.equal(text(Uint8Array.of(1).buffer), 'AQ');
});

test('what the server asks is read with its bytes', () => {
  const asked = read('{"challenge":"AQI","user":{"id":"Aw","name":"ada"},"excludeCredentials":[{"id":"BA","type":"public-key"}],"timeout":5}');
  assert.deepEqual(asked.challenge, Uint8Array.of(1, 2));
  assert.deepEqual(asked.user, { id: Uint8Array.of(3), name: 'ada' });
  assert.deepEqual(asked.excludeCredentials, [{ id: Uint8Array.of(4), type: 'public-key' }]);
  assert.equal(asked.timeout, 5);
});

test('who is asked for any passkey names none', () => {
  const asked = read('{"challenge":"AQI","allowCredentials":[]}');
  assert.deepEqual(asked.allowCredentials, []);
  assert.ok(!('user' in asked));
});
