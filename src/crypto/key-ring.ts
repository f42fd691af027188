import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { MooringError } from '../domain/errors.ts';

const cipher = 'aes-256-gcm';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/**
 * The keys of one purpose. The first writes, all of them read: to rotate, put a new key in front and
 * keep the old one until nothing written with it is left.
 */
export interface KeyRing {
  readonly writingKeyId: string;
  // KeyObjects and no bytes: a ring that ends up in a log or in the SDK's dump of its options shows nothing.
  readonly keys: ReadonlyMap<string, KeyObject>;
}

export interface Sealed {
  keyId: string;
  data: Uint8Array<ArrayBuffer>;
}

/** The ring lacks the key that this was written with. Whoever adds the key can read it again. */
export class UnknownKeyError extends Error {
  readonly keyId: string;

  constructor(keyId: string) {
    super(`no key has the id ${keyId}`);
    this.name = 'UnknownKeyError';
    this.keyId = keyId;
  }
}

/** Not what was once sealed: changed, cut, moved to another place, or sealed with another key of this id. */
export class TamperedError extends Error {
  constructor() {
    super('the sealed data does not match its key');
    this.name = 'TamperedError';
  }
}

/**
 * Reads `id:base64key[,id2:base64key…]`. Throws ERR_INVALID_INPUT that names the entry by its position;
 * no part of an entry stands in the message, since a misplaced comma makes a key look like an id.
 */
export function parseKeyRing(text: string): KeyRing {
  const keys = new Map<string, KeyObject>();
  for (const [index, entry] of text.split(',').entries()) {
    const [, id, key] = /^([\w-]{1,32}):([\w+/]+=*)$/.exec(entry.trim()) ?? [];
    const broken = (rule: string) =>
      new MooringError('ERR_INVALID_INPUT', `key ring: entry ${index + 1} ${rule}`);
    if (id === undefined || key === undefined) throw broken('is not of the form id:base64key');
    const bytes = Buffer.from(key, 'base64');
    if (bytes.toString('base64') !== key) throw broken('has a key that is not base64');
    if (bytes.length !== keyBytes) throw broken(`has a key that is not of ${keyBytes} bytes`);
    if (keys.has(id)) throw broken('has the id of an earlier entry');
    keys.set(id, createSecretKey(bytes));
  }
  const [writingKeyId = ''] = keys.keys();
  return { writingKeyId, keys };
}

/** A fresh entry for a key ring, `id:base64key`. */
export function generateKey(id = `k${randomBytes(4).toString('hex')}`): string {
  const entry = `${id}:${randomBytes(keyBytes).toString('base64')}`;
  parseKeyRing(entry);
  return entry;
}

/**
 * Encrypts with the ring's first key. `aad` names the place this belongs to: opened with another, it
 * counts as tampered, so that nothing sealed for one purpose serves a second.
 *
 * IVs are random, which is safe for 2³² calls a key.
 */
export function seal({ writingKeyId, keys }: KeyRing, plaintext: Uint8Array, aad: string): Sealed {
  const iv = randomBytes(ivBytes);
  const sealing = createCipheriv(cipher, keyOf(keys, writingKeyId), iv, {
    authTagLength: tagBytes,
  });
  sealing.setAAD(authenticated(writingKeyId, aad));
  const ciphertext = [sealing.update(plaintext), sealing.final()];
  return { keyId: writingKeyId, data: Buffer.concat([iv, ...ciphertext, sealing.getAuthTag()]) };
}

/** Undoes `seal`; throws `UnknownKeyError` or `TamperedError`, neither of which holds anything secret. */
export function open(
  { keys }: KeyRing,
  keyId: string,
  data: Uint8Array,
  aad: string,
): Uint8Array<ArrayBuffer> {
  const key = keyOf(keys, keyId);
  if (data.length < ivBytes + tagBytes) throw new TamperedError();
  const opening = createDecipheriv(cipher, key, data.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  opening.setAAD(authenticated(keyId, aad));
  opening.setAuthTag(data.subarray(-tagBytes));
  try {
    return Buffer.concat([opening.update(data.subarray(ivBytes, -tagBytes)), opening.final()]);
  } catch {
    throw new TamperedError();
  }
}

/**
 * A keyed digest under each key of the ring, by key id. Who lacks the key cannot test a guess with it, and two
 * rings that share a key can compare. `aad` as with `seal`.
 */
export function digests(
  { keys }: KeyRing,
  plaintext: Uint8Array,
  aad: string,
): Record<string, string> {
  const entries = [...keys].map(([keyId, key]): [string, string] => {
    // A derived key: a key that encrypts must have no second use.
    const digestKey = new Uint8Array(hkdfSync('sha256', key, '', 'mooring-digest', keyBytes));
    const hmac = createHmac('sha256', digestKey).update(authenticated(keyId, aad));
    return [keyId, hmac.update('\n').update(plaintext).digest('base64url')];
  });
  return Object.fromEntries(entries);
}

function keyOf(keys: ReadonlyMap<string, KeyObject>, keyId: string): KeyObject {
  const key = keys.get(keyId);
  if (key === undefined) throw new UnknownKeyError(keyId);
  return key;
}

/** Ids hold no colon, so no two pairs are spelled alike. */
function authenticated(keyId: string, aad: string): Buffer {
  return Buffer.from(`${keyId}:${aad}`);
}
