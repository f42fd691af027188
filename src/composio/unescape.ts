import { isUtf8 } from 'node:buffer';

/**
 * A text. Each of its units also has the start and the end of the same unit in the original text.
 */
export interface UnescapedText {
  text: string;
  from: number[];
  to: number[];
}

/**
 * The decoded parts of a match: each text with the number of units of the match that it replaces.
 */
type Parts = (readonly [text: string, length: number])[];

/**
 * How many levels of escapes of another kind are decoded. Levels of the same kind are always
 * decoded.
 */
const rounds = 4;

const entity = String.raw`&(?:amp;)*(?:#x0*(?<hex>[\da-f]{1,6})|#0*(?<code>\d{1,7})|(?<name>amp|lt|gt|quot|apos)|(?<letter>[a-z])(?:uml|acute|grave|circ|tilde|ring|cedil));`;
const backslash = String.raw`\\+(?:u(?<unit>[\da-f]{4})|x(?<byte>[\da-f]{2}))?`;
const percent = String.raw`(?:%(?:25)*[\da-f]{2})+`;
const escapes = new RegExp(`${entity}|${backslash}|${percent}`, 'gi');
const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Undoes escapes for HTML, JSON or a URL, in any order and at any depth. Backslashes are left out,
 * because their original number is unknown.
 */
export function unescape(given: string): UnescapedText {
  const from = Array.from({ length: given.length }, (_, at) => at);
  let reading: UnescapedText = { text: given, from, to: from.map((at) => at + 1) };
  for (let round = 0; round < rounds; round++) {
    const { text } = reading;
    reading = rewriteText(reading, escapes, unescapeMatch);
    if (reading.text === text) break;
  }
  return reading;
}

function unescapeMatch({ 0: match, groups = {} }: RegExpExecArray): Parts {
  const { hex, code, name, letter, unit, byte } = groups;
  if (match.startsWith('%')) return decodePercent(match);
  const point = Number.parseInt(hex ?? code ?? unit ?? byte ?? '', code === undefined ? 16 : 10);
  if (point > 0x10ffff) return [[match, match.length]];
  const text = Number.isNaN(point) ? null : String.fromCodePoint(point);
  return [[text ?? named[name?.toLowerCase() ?? ''] ?? letter ?? '', match.length]];
}

function decodePercent(match: string): Parts {
  const spelled = match.match(/%(?:25)*[\da-f]{2}/gi) ?? [];
  const bytes = Buffer.from(spelled.map((one) => Number.parseInt(one.slice(-2), 16)));
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  let done = 0;
  return Array.from(text, (char) => {
    const ofChar = spelled.slice(done, (done += isUtf8(bytes) ? Buffer.byteLength(char) : 1));
    return [char, ofChar.join('').length] as const;
  });
}

/** Reduces spelling variants to one: case, accents, spaces in a form, and line ends. */
export function foldText(reading: UnescapedText): UnescapedText {
  return rewriteText(reading, /[^]/gu, ([char]) => [[foldChar(char), char.length]]);
}

/** An escaped `\n` reads as `n`, because its backslash is left out. */
const controls: Record<string, string> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' };

function foldChar(char: string): string {
  if (char === '+') return ' ';
  // Lower case first: only then is the capital ẞ the same as ß, which is SS in upper case.
  const letter = (controls[char] ?? char)
    .toWellFormed()
    .toLowerCase()
    .toUpperCase()
    .normalize('NFD');
  return letter.replace(/\p{M}/gu, '').toLowerCase();
}

function rewriteText(
  { text, from, to }: UnescapedText,
  pattern: RegExp,
  partsOf: (match: RegExpExecArray) => Parts,
): UnescapedText {
  const written: UnescapedText = { text: '', from: [], to: [] };
  const writePart = (part: string, start: number, end: number) => {
    written.text += part;
    // A unit that decodes to nothing, such as a backslash, belongs to the unit before it.
    if (part === '' && written.to.length > 0) written.to[written.to.length - 1] = to[end - 1] ?? 0;
    for (let unit = 0; unit < part.length; unit++) {
      written.from.push(from[start] ?? 0);
      written.to.push(to[end - 1] ?? 0);
    }
  };
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    for (; at < match.index; at++) writePart(text.charAt(at), at, at + 1);
    for (const [part, length] of partsOf(match)) writePart(part, at, (at += length));
  }
  for (; at < text.length; at++) writePart(text.charAt(at), at, at + 1);
  return written;
}
