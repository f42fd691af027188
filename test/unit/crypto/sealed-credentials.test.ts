import { describe, expect, it } from 'vitest';
import { unsealCredentials, sealRequest } from '../../../src/crypto/sealed-credentials.ts';
import type { ConnectUserInput } from '../../../src/domain/connect/connect.ts';
import type { SealedCredentials } from '../../../src/domain/sealed-credentials.ts';
import { parseConnectUserRequest } from '../../../src/domain/connect/schemas.ts';
import { generateKey, parseKeyRing } from '../../../src/crypto/key-ring.ts';

const ring = parseKeyRing(generateKey('k1'));
const val = { status: 'ACTIVE' as const, api_key: 'sk-very-secret' };
const input: ConnectUserInput = {
  userId: 'ada',
  authConfigId: 'ac_key',
  method: { initiate: { authScheme: 'API_KEY', val } },
};

function sealedOf(request = sealRequest(input, ring)): SealedCredentials {
  const { method } = request;
  if (method === undefined || !('initiate' in method)) throw new Error('nothing was initiated');
  return method.initiate.credentials;
}

describe('credentials in a request', () => {
  it('are sealed so that the request shows no part of them, and open with the same key', () => {
    const request = sealRequest(input, ring);
    expect(JSON.stringify(request)).not.toContain('secret');
    expect(parseConnectUserRequest(request)).toEqual(request);
    expect(unsealCredentials(ring, { connectionId: 'ada/ac_key' }, sealedOf())).toEqual(val);
  });

  it('are also sealed in the prefilled fields of a link', () => {
    const method = { link: { connectionData: { subdomain: 'acme' } } };
    const request = sealRequest({ ...input, method }, ring);
    expect(JSON.stringify(request)).not.toContain('acme');
    expect(parseConnectUserRequest(request)).toEqual(request);
  });

  it('are never sealed to the same text twice, and always have the same digests', () => {
    expect(sealedOf().sealed).not.toBe(sealedOf().sealed);
    expect(sealedOf().digests).toEqual(sealedOf().digests);
    expect(Object.keys(sealedOf().digests ?? {})).toEqual(['k1']);
  });

  it('have other digests if they differ, or for another connection, or under another key', () => {
    const digestOf = (changed: Partial<ConnectUserInput>, keys = ring) =>
      Object.values(sealedOf(sealRequest({ ...input, ...changed }, keys)).digests ?? {});
    const scheme = (api_key: string) =>
      ({ initiate: { authScheme: 'API_KEY', val: { status: 'ACTIVE', api_key } } }) as const;
    const all = [
      ...digestOf({}),
      ...digestOf({ method: scheme('sk-other') }),
      ...digestOf({ userId: 'bob' }),
      ...digestOf({ alias: 'work' }),
      ...digestOf({}, parseKeyRing(generateKey('k1'))),
    ];
    expect(new Set(all).size).toBe(5);
  });

  it('have one digest for each key of the ring, in any order of the fields', () => {
    const both = parseKeyRing(`${generateKey('k2')},${generateKey('k3')}`);
    const connectionData = { subdomain: 'acme', region: 'eu' };
    const other = { region: 'eu', subdomain: 'acme' };
    const [one, two] = [connectionData, other].map((data) => {
      const { method } = sealRequest(
        { ...input, method: { link: { connectionData: data } } },
        both,
      );
      return method && 'link' in method ? method.link.connectionData?.digests : undefined;
    });
    expect(Object.keys(one ?? {})).toEqual(['k2', 'k3']);
    expect(one).toEqual(two);
  });

  it.each(['bob/ac_key', 'ada/ac_key/work'])('open for no other connection: %s', (id) => {
    expect(() => unsealCredentials(ring, { connectionId: id }, sealedOf())).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_INPUT', details: { field: 'method' } }),
    );
  });

  it.each(['k1', 'k1.', 'k1.AAAA', `k1.${'A'.repeat(200)}`])(
    'open from no other text: %j',
    (sealed) => {
      expect(() => unsealCredentials(ring, { connectionId: 'ada/ac_key' }, { sealed })).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_INPUT' }),
      );
    },
  );

  it('are refused without a key, with an error that says how to make one', () => {
    expect(() => sealRequest(input, undefined)).toThrow(/MOORING_CREDENTIAL_KEYS.*mooring keygen/);
    const other = parseKeyRing(generateKey('k2'));
    expect(() => unsealCredentials(other, { connectionId: 'ada/ac_key' }, sealedOf())).toThrow(
      expect.objectContaining({ code: 'ERR_ENCRYPTION_KEY_MISSING' }),
    );
  });

  it('open with the old key of a ring after a new key was added in front', () => {
    const [[, old]] = [...ring.keys].map(([id, key]) => [id, key.export().toString('base64')]) as [
      [string, string],
    ];
    const rotated = parseKeyRing(`${generateKey('k2')},k1:${old}`);
    expect(unsealCredentials(rotated, { connectionId: 'ada/ac_key' }, sealedOf())).toEqual(val);
  });

  it('are refused by the worker if they are not sealed', () => {
    expect(() => parseConnectUserRequest(input)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_INPUT' }),
    );
    const open = { ...input, method: { link: { connectionData: { key: 'sk-1' } } } };
    expect(() => parseConnectUserRequest(open)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_INPUT' }),
    );
  });
});
