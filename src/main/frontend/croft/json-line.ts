const MOST = 200;

/** The members of a line that is one JSON object, nested ones laid out over several lines; undefined for any other line. */
export function fields(line: string): [string, string][] | undefined {
  const text = line.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) {
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const members = Object.entries(value as Record<string, unknown>);
  const shown = members.slice(0, MOST).map(([name, each]): [string, string] => [name, typeof each === 'string' ? each : JSON.stringify(each, null, 2)]);
  return members.length > MOST ? [...shown, ['…', String(members.length - MOST)]] : shown;
}
