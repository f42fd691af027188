import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/composio/redact-sent.ts';

const html: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
const entity = (radix: 10 | 16) => (text: string) =>
  Array.from(text, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(radix);
    return `&#${radix === 16 ? `x${code}` : code};`;
  }).join('');
const units = (text: string, escape: (hex: string) => string) =>
  text.replace(/[^ -~]/g, (unit) => escape(unit.charCodeAt(0).toString(16).padStart(4, '0')));
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const url = (text: string) => encodeURIComponent(text.toWellFormed());
const base64 = (text: string, encoding: 'base64' | 'base64url' = 'base64') =>
  Buffer.from(text).toString(encoding);

/** The ways in which an upstream can spell what it received. */
const spellings: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'in upper case': (text) => text.toUpperCase(),
  'in lower case': (text) => text.toLowerCase(),
  'URL-encoded': url,
  'URL-encoded in lower case': (text) => url(text).replace(/%../g, (hex) => hex.toLowerCase()),
  'as a form': (text) => new URLSearchParams({ '': text }).toString().slice(1),
  'as JSON': json,
  'as JSON in ASCII': (text) => units(json(text), (hex) => `\\u${hex}`),
  'as JSON in ASCII, in upper case': (text) =>
    units(json(text), (hex) => `\\u${hex.toUpperCase()}`),
  'as JSON with escaped slashes': (text) => json(text).replaceAll('/', '\\/'),
  'as HTML': (text) => text.replace(/[&<>"']/g, (char) => `&${html[char]};`),
  'as HTML entities': entity(10),
  'as HTML entities in hex': entity(16),
  'in base64': base64,
  'in base64 without padding': (text) => base64(text).replace(/=+$/, ''),
  'in base64url': (text) => base64(text, 'base64url'),
  'in base64 with a user before it': (text) => base64(`ada:${text}`),
};
const names = Object.keys(spellings);
const spell = (name: string, text: string) => spellings[name]?.(text) ?? '';
/** Base64 in another case is unreadable. */
const isSpoiled = (inner: string, outer: string) =>
  inner.includes('base64') && outer.endsWith('case');

const password = 'p&s <"w\'>/ö+ß\\1\nline 2%';

describe('a value', () => {
  it.each(names)('is cut out if it appears %s', (name) => {
    const hide = createRedactor({ password });
    expect(hide(`refused: ${spell(name, password)} is wrong`)).toBe('refused: *** is wrong');
  });

  const twice = names.flatMap((inner) => names.map((outer) => [inner, outer] as const));
  it.each(twice.filter(([inner, outer]) => !isSpoiled(inner, outer)))(
    'is cut out if it appears %s, and that %s',
    (inner, outer) => {
      const hide = createRedactor({ password });
      const quoted = spell(outer, spell(inner, password));
      expect(hide(`refused: ${quoted} is wrong`)).toBe('refused: *** is wrong');
    },
  );

  it.each([
    ['a number', { password: 48151623 }, 'PIN 48151623 is wrong', 'PIN *** is wrong'],
    ['a number with a fraction', { pin: 1234.5 }, 'got "1234.5"', 'got "***"'],
    ['a number in JSON', { json: '{"pin":48151623}' }, 'PIN 48151623 is wrong', 'PIN *** is wrong'],
    ['an accent as a named entity', { password: 'gänse' }, 'g&auml;nse is wrong', '*** is wrong'],
    ['a separate accent', { password: 'gänse' }, 'ga\u0308nse is wrong', '*** is wrong'],
    ['a capital sharp s', { password: 'STRAẞE 1' }, 'straße 1 is wrong', '*** is wrong'],
    ['only backslashes', { password: '\\\\\\\\' }, 'got \\\\\\\\', 'got ***'],
    ['like an escape', { password: 'a%41&lt;\\u0041' }, 'got a%41&lt;\\u0041', 'got ***'],
    [
      'shorter than four characters',
      { a: 'eu1', b: 7, c: true, d: null },
      'eu1 7 true',
      'eu1 7 true',
    ],
  ])('that is %s', (_, secrets, text, hidden) => {
    expect(createRedactor(secrets)(text)).toBe(hidden);
  });

  it('leaves the words around it, and hides two adjacent values as one gap', () => {
    expect(createRedactor(['tiger', 'lily'])('TIGERlily, lily of the tigers')).toBe(
      '***, *** of the ***s',
    );
  });

  it('appears in no error, with any content and any two spellings', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 4, maxLength: 40 });
    const around = fc.constantFrom('', ' ', '"', ': ', '(');
    const name = fc.constantFrom(...names);
    fc.assert(
      fc.property(value, name, name, around, (secret, inner, outer, edge) => {
        fc.pre(!isSpoiled(inner, outer));
        // If a value starts with an escape, its first backslash may stay, which reveals nothing. If
        // a value has spaces at its edges, its end is unknown.
        fc.pre(/^[^\s+"/\\\p{M}][^]*[^\s+]$/u.test(secret));
        // A value of only escapes and accents leaves too little to find in other spellings.
        fc.pre(secret.normalize('NFD').replace(/[\p{M}\\%&]/gu, '').length >= 4);
        const quoted = spell(outer, spell(inner, secret));
        const text = createRedactor({ secret })(`refused${edge}${quoted}${edge} again`);
        expect(text.replace(/^refused/, '').replace(/ again$/, '')).toBe(`${edge}***${edge}`);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is searched quickly, even in text made to slow the search down', () => {
    const hide = createRedactor({ a: 'a'.repeat(2_000), b: '%25'.repeat(50), c: '\\'.repeat(50) });
    // Processor time is the same on a busy machine.
    const before = process.cpuUsage();
    for (const piece of ['a', '%25', '\\', '&amp;', '\\u005c', 'YWFh', '%5C%25']) {
      hide(piece.repeat(16_384 / piece.length));
    }
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
    expect(hide('a'.repeat(16_385))).toBe('***');
  });
});
