/**
 * SGR escape sequences (ECMA-48 §8.3.117) as runs of text with CSS classes. Builders and frameworks colour their logs; every other
 * control sequence is dropped, so a program cannot move the cursor or rename the window of whoever reads its log.
 */
export interface Run {
  text: string;
  classes: string;
  colour?: string;
}

interface Style {
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
  foreground?: string;
  background?: string;
}

/** A line that changes its colour more often is a bomb, and a browser's work grows with each: the rest stays as it was at last. */
const MOST_RUNS = 200;

const PLAIN: Style = { bold: false, dim: false, italic: false, underline: false, inverse: false };

// CSI … final byte | OSC … BEL or ST | any other two-byte escape
const ESCAPE = /\u001b\[([0-?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-Z\\^_]/g;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

export function runs(line: string): Run[] {
  if (!line.includes('\u001b')) {
    return [{ text: line.replace(CONTROL, ''), classes: '' }];
  }
  const out: Run[] = [];
  let style: Style = { ...PLAIN };
  let from = 0;
  for (const match of line.matchAll(ESCAPE)) {
    if (out.length >= MOST_RUNS) {
      push(out, withoutEscapes(line.slice(from)), style);
      return out;
    }
    push(out, line.slice(from, match.index), style);
    from = match.index + match[0].length;
    if (match[2] === 'm') {
      style = select(style, match[1]);
    }
  }
  push(out, line.slice(from), style);
  return out;
}

export function withoutEscapes(line: string): string {
  return line.replace(ESCAPE, '').replace(CONTROL, '');
}

function push(out: Run[], raw: string, style: Style): void {
  const text = raw.replace(CONTROL, '');
  if (!text) {
    return;
  }
  const classes: string[] = [];
  if (style.bold) classes.push('bold');
  if (style.dim) classes.push('dim');
  if (style.italic) classes.push('italic');
  if (style.underline) classes.push('underline');
  if (style.inverse) classes.push('inverse');
  if (style.foreground && !style.foreground.startsWith('rgb')) classes.push(style.foreground);
  if (style.background) classes.push(style.background);
  out.push({ text, classes: classes.join(' '), colour: style.foreground?.startsWith('rgb') ? style.foreground : undefined });
}

function select(before: Style, parameters: string): Style {
  const style = { ...before };
  const codes = parameters === '' ? [0] : parameters.split(/[;:]/).map((part) => Number(part || '0'));
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (code === 0) Object.assign(style, PLAIN, { foreground: undefined, background: undefined });
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 7) style.inverse = true;
    else if (code === 22) style.bold = style.dim = false;
    else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code === 27) style.inverse = false;
    else if (code >= 30 && code <= 37) style.foreground = `fg${code - 30}`;
    else if (code >= 90 && code <= 97) style.foreground = `fg${code - 90 + 8}`;
    else if (code === 39) style.foreground = undefined;
    else if (code >= 40 && code <= 47) style.background = `bg${code - 40}`;
    else if (code >= 100 && code <= 107) style.background = `bg${code - 100 + 8}`;
    else if (code === 49) style.background = undefined;
    else if (code === 38 || code === 48) {
      const [colour, used] = extended(codes.slice(i + 1));
      if (code === 38) style.foreground = colour;
      i += used;
    }
  }
  return style;
}

/** 256-colour and true-colour selections; the first sixteen follow the theme, the others are taken as they are. */
function extended(rest: number[]): [string | undefined, number] {
  if (rest[0] === 5) {
    const n = rest[1] ?? 0;
    if (n < 16) return [`fg${n}`, 2];
    if (n > 231) return [grey(8 + (n - 232) * 10), 2];
    const cube = n - 16;
    const level = (v: number) => (v === 0 ? 0 : 55 + v * 40);
    return [`rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`, 2];
  }
  if (rest[0] === 2) {
    const part = (v: number | undefined) => Math.min(255, Math.max(0, Math.trunc(v ?? 0) || 0));
    return [`rgb(${part(rest[1])} ${part(rest[2])} ${part(rest[3])})`, 4];
  }
  return [undefined, 0];
}

function grey(level: number): string {
  return `rgb(${level} ${level} ${level})`;
}
