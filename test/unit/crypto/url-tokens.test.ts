import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateKey, parseKeyRing, seal } from '../../../src/crypto/key-ring.ts';
import {
  type CallbackClaims,
  callbackUrls,
  mintToken,
  readToken,
  type ReconnectClaims,
  reconnectUrls,
} from '../../../src/crypto/url-tokens.ts';

const keyA = generateKey('a');
const keyB = generateKey('b');
const ring = parseKeyRing(keyA);
const now = 1_800_000_000_000;
const claims: CallbackClaims = {
  purpose: 'callback',
  workflowId: 'connect/user_123/ac_gmail',
  runId: '0a1b2c3d-0000-4000-8000-000000000000',
  expiresAt: now + 60_000,
  returnUrl: 'https://app.example/done?x=1',
};
const token = mintToken(ring, claims);

/** A token that only a holder of the key can make, with any content. */
function forged(content: unknown, aad = 'mooring-token'): string {
  const { keyId, data } = seal(ring, Buffer.from(JSON.stringify(content)), aad);
  return `${keyId}.${Buffer.from(data).toString('base64url')}`;
}

describe('a callback token', () => {
  it('returns its claims until it expires', () => {
    expect(readToken(ring, 'callback', token, now)).toEqual(claims);
    expect(readToken(ring, 'callback', token, claims.expiresAt - 1)).toEqual(claims);
    expect(readToken(ring, 'callback', token, claims.expiresAt)).toBeNull();
  });

  it('shows no part of its claims, and needs no escaping in a URL', () => {
    expect(token).toMatch(/^a\.[\w-]+$/);
    expect(Buffer.from(token.slice(2), 'base64url').toString('latin1')).not.toContain('user_123');
    const { purpose: _, ...rest } = claims;
    const url = callbackUrls('https://m.example/in', ring)(rest);
    const [, minted = ''] = /^https:\/\/m\.example\/in\/callback\/(.+)$/.exec(url) ?? [];
    expect(readToken(ring, 'callback', minted, now)).toEqual(claims);
  });

  it('is invalid if any single bit differs', () => {
    const bytes = Buffer.from(token, 'latin1');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(readToken(ring, 'callback', changed.toString('latin1'), now)).toBeNull();
    }
  });

  it('has one spelling: no padding, no plain base64, no other spare bits', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // Three lengths, so that the last character has zero, two and four spare bits.
    for (const returnUrl of ['/', '/a', '/ab']) {
      const one = mintToken(ring, { ...claims, returnUrl });
      const others = Array.from(alphabet, (last) => one.slice(0, -1) + last);
      const padded = ['=', '==', ' ', '\n', '.'].map((tail) => one + tail);
      const plain = one.replaceAll('-', '+').replaceAll('_', '/');
      for (const other of [...others, ...padded, plain].filter((spelling) => spelling !== one)) {
        expect(readToken(ring, 'callback', other, now)).toBeNull();
      }
    }
  });

  it('is invalid after each of two hundred mutations: cut, grown, spliced, swapped', () => {
    const other = mintToken(ring, { ...claims, workflowId: 'connect/victim/ac_gmail' });
    for (let round = 0; round < 200; round++) {
      const at = randomInt(1, token.length - 1);
      const mutations = [
        token.slice(0, at),
        token.slice(at),
        token.slice(0, at) + other.slice(at + 1),
        token.slice(0, at) + other.slice(at),
        token.slice(0, at) + token.slice(at - 1),
        token.slice(0, at) + String.fromCodePoint(randomInt(1, 0x3000)) + token.slice(at),
      ];
      const mutated = mutations[round % mutations.length]!;
      if (mutated === token || mutated === other) continue;
      expect(readToken(ring, 'callback', mutated, now)).toBeNull();
    }
  });

  it.each([
    ['of another purpose', forged({ ...claims, purpose: 'reconnect' })],
    ['with an invalid value of confirm', forged({ ...claims, confirm: 'required' })],
    ['sealed for another purpose', forged(claims, 'mooring-payload')],
    ['without a run', forged({ ...claims, runId: undefined })],
    ['with an expiry that is no number', forged({ ...claims, expiresAt: '9999999999999' })],
    ['without an object in it', forged('callback')],
    ['that is empty', ''],
    ['that is a dot', '.'],
    ['without a key id', token.slice(1)],
    ['with a key id only', 'a.'],
    ['of another ring', mintToken(parseKeyRing(keyB), claims)],
    ['that names a key which all objects have', token.replace(/^a/, 'constructor')],
    ['above 2,000 characters', forged({ ...claims, returnUrl: 'x'.repeat(1_500) })],
  ])('is null %s', (_, bad) => {
    expect(readToken(ring, 'callback', bad, now)).toBeNull();
  });

  it('is valid after a rotation of its key, as long as the ring has the old key', () => {
    expect(readToken(parseKeyRing(`${keyB},${keyA}`), 'callback', token, now)).toEqual(claims);
    expect(readToken(parseKeyRing(keyB), 'callback', token, now)).toBeNull();
  });

  it('is refused if its return URL makes it too long to be read again', () => {
    const longest = `https://app.example/${'x'.repeat(1_000)}`;
    expect(
      readToken(ring, 'callback', mintToken(ring, { ...claims, returnUrl: longest }), now),
    ).not.toBeNull();
    const tooLong = { ...claims, returnUrl: longest.repeat(2) };
    expect(() => mintToken(ring, tooLong)).toThrow('returnUrl is too long');
  });
});

describe('a reconnect token', () => {
  const reconnect: ReconnectClaims = {
    purpose: 'reconnect',
    connectionId: 'user_123/ac_gmail/work',
    replaces: 'ca_1',
    returnUrl: null,
    confirm: true,
    expiresAt: now + 60_000,
  };

  it('has its own URL and returns its claims until it expires', () => {
    const { purpose: _, ...rest } = reconnect;
    const url = reconnectUrls('https://m.example/in', ring)(rest);
    const [, minted = ''] = /^https:\/\/m\.example\/in\/reconnect\/(a\.[\w-]+)$/.exec(url) ?? [];
    expect(readToken(ring, 'reconnect', minted, now)).toEqual(reconnect);
    expect(readToken(ring, 'reconnect', minted, reconnect.expiresAt)).toBeNull();
  });

  it('is never read as a callback token, nor a callback token as a reconnect token', () => {
    expect(readToken(ring, 'callback', mintToken(ring, reconnect), now)).toBeNull();
    expect(readToken(ring, 'reconnect', token, now)).toBeNull();
    const both = forged({ ...claims, ...reconnect });
    expect(readToken(ring, 'callback', both, now)).toBeNull();
  });

  it.each([
    ['without the account that it replaces', { replaces: undefined }],
    ['without a value of confirm', { confirm: undefined }],
    ['with an invalid return URL', { returnUrl: 1 }],
  ])('is null %s', (_, change) => {
    expect(readToken(ring, 'reconnect', forged({ ...reconnect, ...change }), now)).toBeNull();
  });

  it('is refused if its ids make it too long, and names the field', () => {
    const connectionId = `${'%C3%A9'.repeat(127)}/ac_gmail/${'%C3%A9'.repeat(127)}`;
    const tooLong = { ...reconnect, connectionId };
    expect(() => mintToken(ring, tooLong)).toThrow('connectionId is too long for a reconnect URL');
    const returnUrl = 'https://app.example/done';
    expect(() => mintToken(ring, { ...tooLong, returnUrl })).toThrow('returnUrl is too long');
  });
});
