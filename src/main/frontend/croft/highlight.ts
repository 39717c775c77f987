import type { Run } from './ansi';

/** A run, and whether it is what was searched for. */
export interface Found extends Run {
  found?: boolean;
}

/** More matches than a row can show are not worth drawing. */
const MOST = 100;

/**
 * Splits runs where the text occurs, in any case of letters. A match may reach over several runs, as where a program colours a word in
 * the middle. Text only: a pattern would be the browser's own kind, and may take it as long as it likes.
 */
export function marked(runs: Run[], text: string): Found[] {
  const needle = fold(text);
  if (needle === '') {
    return runs;
  }
  const all = fold(runs.map((run) => run.text).join(''));
  const places: [number, number][] = [];
  for (let at = all.indexOf(needle); at >= 0 && places.length < MOST; at = all.indexOf(needle, at + needle.length)) {
    places.push([at, at + needle.length]);
  }
  if (places.length === 0) {
    return runs;
  }
  const out: Found[] = [];
  let begin = 0;
  let next = 0;
  for (const run of runs) {
    const end = begin + run.text.length;
    let from = begin;
    while (from < end) {
      while (next < places.length && places[next][1] <= from) next++;
      const place = places[next];
      const found = place !== undefined && place[0] <= from;
      const to = Math.min(end, place === undefined ? end : found ? place[1] : place[0]);
      out.push({ ...run, text: run.text.slice(from - begin, to - begin), found });
      from = to;
    }
    begin = end;
  }
  return out;
}

/** Lower case, letter for letter: a letter whose small form is longer would move all that follows. */
function fold(text: string): string {
  return Array.from(text, (letter) => {
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  }).join('');
}
