import { foldText, type UnescapedText, unescape } from './unescape.ts';

/** Shorter values are ordinary words, and no secret is so short. */
const leastLength = 4;
/** No message is longer. A longer text is not read and is hidden as a whole. */
const readAtMost = 16_384;
/** How many levels of base64 within base64 are decoded. */
const base64Depth = 2;

type Span = readonly [from: number, to: number];

/**
 * Removes from a text every text and number in `secrets`, at any depth. It removes the whole value,
 * each of its lines and, if it is JSON, every value in it. Composio's errors quote what it was
 * sent, in any escaping, and `mask` cannot recognize a password by its form. So escapes and base64
 * are decoded, and case is ignored.
 */
export function createRedactor(secrets: unknown): (text: string) => string {
  const values = [...new Set(valuesIn(secrets))].filter((value) => value.length >= leastLength);
  const foldValue = (value: string) => foldText(unescape(value)).text;
  const sought = [...new Set(values.map(foldValue))].filter((value) => value.length >= leastLength);
  // A value of backslashes is empty when unescaped, so it is searched as it is.
  const exact = values.filter((value) => foldValue(value).length < leastLength);
  return (text) => {
    if (text.length > readAtMost) return '***';
    const rest = exact.reduce((before, value) => before.replaceAll(value, '***'), text);
    return cutSpans(rest, spansOf(rest, sought, base64Depth));
  };
}

function* valuesIn(value: unknown): Generator<string> {
  if (typeof value === 'number') yield String(value);
  if (typeof value === 'string') {
    yield value;
    yield* value.split(/[\r\n]+/);
    yield* valuesIn(parseObject(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) yield* valuesIn(inner);
  }
}

/** The credentials of a service account are JSON that contains the key. */
function parseObject(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The positions in `text` of a value, or of base64 that contains one. */
function spansOf(text: string, sought: readonly string[], depth: number): Span[] {
  const plain = unescape(text);
  return [...valueSpans(foldText(plain), sought), ...base64Spans(plain, sought, depth)];
}

function* valueSpans(
  { text, from, to }: UnescapedText,
  sought: readonly string[],
): Generator<Span> {
  for (const value of sought) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
      yield [from[at] ?? 0, to[at + value.length - 1] ?? 0];
    }
  }
}

function* base64Spans(
  { text, from, to }: UnescapedText,
  sought: readonly string[],
  depth: number,
): Generator<Span> {
  if (depth === 0) return;
  for (const { 0: run, index } of text.matchAll(/[\w+/-]{6,}={0,2}/g)) {
    // Characters before a base64 text may look like a part of it and shift it.
    const decoded = [0, 1, 2, 3].map((shift) => Buffer.from(run.slice(shift), 'base64').toString());
    if (decoded.some((inner) => spansOf(inner, sought, depth - 1).length > 0)) {
      yield [from[index] ?? 0, to[index + run.length - 1] ?? 0];
    }
  }
}

function cutSpans(text: string, spans: readonly Span[]): string {
  let rest = '';
  let done = 0;
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    if (from > done || (from === 0 && done === 0)) rest += `${text.slice(done, from)}***`;
    done = Math.max(done, to);
  }
  return rest + text.slice(done);
}
