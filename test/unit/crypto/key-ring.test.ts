import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  generateKey,
  unseal,
  parseKeyRing,
  seal,
  TamperedError,
  UnknownKeyError,
} from '../../../src/crypto/key-ring.ts';

const a = generateKey('a');
const b = generateKey('b');
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const hello = Buffer.from('hello');

describe('a key ring', () => {
  it('opens what it has sealed, and never seals to the same text twice', () => {
    const ring = parseKeyRing(a);
    const first = seal(ring, hello, 'here');
    const second = seal(ring, hello, 'here');
    expect(first.keyId).toBe('a');
    expect(text(unseal(ring, first.keyId, first.data, 'here'))).toBe('hello');
    expect(first.data).not.toEqual(second.data);
  });

  it('also seals and opens an empty text', () => {
    const ring = parseKeyRing(a);
    const { keyId, data } = seal(ring, new Uint8Array(), 'here');
    expect(unseal(ring, keyId, data, 'here')).toHaveLength(0);
  });

  it('seals with its first key and opens with all keys', () => {
    const old = seal(parseKeyRing(a), hello, 'here');
    const rotated = parseKeyRing(`${b},${a}`);
    expect(seal(rotated, hello, 'here').keyId).toBe('b');
    expect(text(unseal(rotated, old.keyId, old.data, 'here'))).toBe('hello');
  });

  it('names the missing key', () => {
    const { keyId, data } = seal(parseKeyRing(a), hello, 'here');
    expect(() => unseal(parseKeyRing(b), keyId, data, 'here')).toThrow(new UnknownKeyError('a'));
  });

  it('opens no text that was changed, cut or moved to another place', () => {
    const ring = parseKeyRing(`${a},b:${a.slice(2)}`); // the same key under two ids
    const { data } = seal(ring, hello, 'here');
    for (let bit = 0; bit < data.length * 8; bit++) {
      const changed = Buffer.from(data);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => unseal(ring, 'a', changed, 'here')).toThrow(TamperedError);
    }
    for (let length = 0; length < data.length; length++) {
      expect(() => unseal(ring, 'a', data.subarray(0, length), 'here')).toThrow(TamperedError);
    }
    expect(() => unseal(ring, 'a', data, 'elsewhere')).toThrow(TamperedError);
    expect(() => unseal(ring, 'b', data, 'here')).toThrow(TamperedError);
  });

  it('shows no key when it is logged', () => {
    const ring = parseKeyRing(a);
    const shown = inspect(ring, { depth: 9, showHidden: true }) + JSON.stringify(ring);
    expect(shown).not.toContain(a.slice(2));
    expect(shown).not.toContain(Buffer.from(a.slice(2), 'base64').toString('hex').slice(0, 8));
  });
});

describe('parseKeyRing', () => {
  it('allows blanks and a line break around entries, as files have them', () => {
    expect([...parseKeyRing(` ${a}, ${b}\n`).keys.keys()]).toEqual(['a', 'b']);
  });

  const key = a.slice(2);
  it.each([
    ['is not of the form id:base64key', 2, `${a},`],
    ['is not of the form id:base64key', 1, ''],
    ['is not of the form id:base64key', 1, key],
    ['is not of the form id:base64key', 1, `a b:${key}`],
    ['is not of the form id:base64key', 1, `${'i'.repeat(33)}:${key}`],
    ['has a key that is not base64', 2, `${a},b:${key.slice(0, -1)}`],
    ['has a key that is not base64', 1, `a:${key.slice(0, -2)}9=`],
    ['has a key that is not 32 bytes long', 2, `${a},b:${Buffer.alloc(16).toString('base64')}`],
    ['has the id of an earlier entry', 3, `${a},${b},${a}`],
  ])('refuses a ring that %s, naming entry %i and no key', (rule, position, ring) => {
    const refused = () => parseKeyRing(ring);
    expect(refused).toThrow(`key ring: entry ${position} ${rule}`);
    expect(refused).not.toThrow(key.slice(0, 8));
  });
});

describe('generateKey', () => {
  it('makes an entry for a ring, with a generated id or the given one', () => {
    expect(parseKeyRing(generateKey()).writingKeyId).toMatch(/^k[0-9a-f]{8}$/);
    expect(parseKeyRing(generateKey('2026-11')).writingKeyId).toBe('2026-11');
    expect(generateKey('x')).not.toBe(generateKey('x'));
  });

  it('refuses an id that a ring cannot hold', () => {
    expect(() => generateKey('a:b')).toThrow('id:base64key');
  });
});
