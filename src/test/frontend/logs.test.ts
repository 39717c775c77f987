// node --test src/test/frontend/*.test.ts (Node 24 reads TypeScript as it is)
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { runs } from '../../main/frontend/croft/ansi.ts';
import { marked } from '../../main/frontend/croft/highlight.ts';
import { fields } from '../../main/frontend/croft/json-line.ts';

const shown = (text: string, needle: string) => marked(runs(text), needle).map((run) => (run.found ? `[${run.text}]` : run.text)).join('');

test('what was searched for stands out in any case, over colours too', () => {
  assert.equal(shown('GET /get target', 'get'), '[GET] /[get] tar[get]');
  assert.equal(shown('time\u001b[31mout\u001b[0m at 3', 'Timeout'), '[time][out] at 3');
  assert.equal(shown('nothing', 'x'), 'nothing');
  assert.equal(shown('aaaa', 'aa'), '[aa][aa]');
});

test('the text is no pattern, and letters that grow when they become small move nothing', () => {
  assert.equal(shown('a.b axb', '.'), 'a[.]b axb');
  assert.equal(shown('\u0130stanbul bul', 'bul'), '\u0130stan[bul] [bul]');
});

test('all text stays, whatever is searched for', () => {
  const text = 'x'.repeat(5000);
  assert.equal(marked(runs(text), 'x').map((run) => run.text).join(''), text);
});

test('a JSON object becomes its members; anything else stays a line', () => {
  assert.deepEqual(fields('{"level":"info","ms":1,"of":{"a":[1]}}'), [
    ['level', 'info'],
    ['ms', '1'],
    ['of', '{\n  "a": [\n    1\n  ]\n}'],
  ]);
  for (const line of ['[1]', '{"a":', 'x {"a":1}', '{}x', 'null', '']) assert.equal(fields(line), undefined);
  assert.deepEqual(fields('{"__proto__":"<b>"}'), [['__proto__', '<b>']]);
});

test('an object with very many members is cut, and says of how many', () => {
  const found = fields(JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i]))));
  assert.equal(found?.length, 201);
  assert.deepEqual(found?.at(-1), ['…', '100']);
});
