import { folded, type UnescapedText, unescape } from './unescape.ts';

/** Shorter values are words of any sentence; nothing that opens anything is so short. */
const leastLength = 4;
/** No sentence is longer: a text of this length is not read at all, and hidden as a whole. */
const readAtMost = 16_384;
/** Base64 within base64 is read this often. */
const base64Depth = 2;

type Span = readonly [from: number, to: number];

/**
 * Removes from a text every text and number in `secrets`, at any depth: the whole value, each of its lines
 * and, if it is JSON, every value in it. Composio's errors quote what it was sent, in any escaping, and
 * `mask` cannot recognize a password by its form. So escapes and base64 are decoded, and case is ignored.
 */
export function hiding(secrets: unknown): (text: string) => string {
  const values = [...new Set(valuesIn(secrets))].filter((value) => value.length >= leastLength);
  const fold = (value: string) => folded(unescape(value)).text;
  const sought = [...new Set(values.map(fold))].filter((value) => value.length >= leastLength);
  // Of a value of backslashes nothing is left to look for.
  const exact = values.filter((value) => fold(value).length < leastLength);
  return (text) => {
    if (text.length > readAtMost) return '***';
    const rest = exact.reduce((before, value) => before.replaceAll(value, '***'), text);
    return cut(rest, spansOf(rest, sought, base64Depth));
  };
}

function* valuesIn(value: unknown): Generator<string> {
  if (typeof value === 'number') yield String(value);
  if (typeof value === 'string') {
    yield value;
    yield* value.split(/[\r\n]+/);
    yield* valuesIn(parsedObject(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) yield* valuesIn(inner);
  }
}

/** A service account's credentials are JSON with the key inside. */
function parsedObject(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Where in `text` a value stands, or base64 that holds one. */
function spansOf(text: string, sought: readonly string[], depth: number): Span[] {
  const plain = unescape(text);
  return [...valueSpans(folded(plain), sought), ...base64Spans(plain, sought, depth)];
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
    // Characters directly before it may belong to the same base64 text, and shift it.
    const decoded = [0, 1, 2, 3].map((shift) => Buffer.from(run.slice(shift), 'base64').toString());
    if (decoded.some((inner) => spansOf(inner, sought, depth - 1).length > 0)) {
      yield [from[index] ?? 0, to[index + run.length - 1] ?? 0];
    }
  }
}

function cut(text: string, spans: readonly Span[]): string {
  let rest = '';
  let done = 0;
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    if (from > done || (from === 0 && done === 0)) rest += `${text.slice(done, from)}***`;
    done = Math.max(done, to);
  }
  return rest + text.slice(done);
}
