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
 * The keys of one purpose. The first key encrypts, and all keys decrypt. To rotate, put a new key
 * in front. Keep the old one until no data needs it.
 */
export interface KeyRing {
  readonly writingKeyId: string;
  // KeyObjects instead of bytes: a ring in a log, or in the SDK's dump of its options, shows
  // nothing.
  readonly keys: ReadonlyMap<string, KeyObject>;
}

export interface SealedData {
  keyId: string;
  data: Uint8Array<ArrayBuffer>;
}

/** The ring does not have the key of this data. Add the key to read the data again. */
export class UnknownKeyError extends Error {
  readonly keyId: string;

  constructor(keyId: string) {
    super(`no key has the id ${keyId}`);
    this.name = 'UnknownKeyError';
    this.keyId = keyId;
  }
}

/**
 * The data differs from what was sealed: it was changed, cut, moved to another place, or sealed
 * with another key of this id.
 */
export class TamperedError extends Error {
  constructor() {
    super('the sealed data does not match its key');
    this.name = 'TamperedError';
  }
}

/**
 * Reads `id:base64key[,id2:base64key…]`. Throws ERR_INVALID_INPUT with the position of the wrong
 * entry. The message contains no part of an entry, because a misplaced comma makes a key look like
 * an id.
 */
export function parseKeyRing(text: string): KeyRing {
  const keys = new Map<string, KeyObject>();
  for (const [index, entry] of text.split(',').entries()) {
    const [, id, key] = /^([\w-]{1,32}):([\w+/]+=*)$/.exec(entry.trim()) ?? [];
    const entryError = (rule: string) =>
      new MooringError('ERR_INVALID_INPUT', `key ring: entry ${index + 1} ${rule}`);
    if (id === undefined || key === undefined) throw entryError('is not of the form id:base64key');
    const bytes = Buffer.from(key, 'base64');
    if (bytes.toString('base64') !== key) throw entryError('has a key that is not base64');
    if (bytes.length !== keyBytes) throw entryError(`has a key that is not ${keyBytes} bytes long`);
    if (keys.has(id)) throw entryError('has the id of an earlier entry');
    keys.set(id, createSecretKey(bytes));
  }
  const [writingKeyId = ''] = keys.keys();
  return { writingKeyId, keys };
}

/** Creates an entry for a key ring, `id:base64key`. */
export function generateKey(id = `k${randomBytes(4).toString('hex')}`): string {
  const entry = `${id}:${randomBytes(keyBytes).toString('base64')}`;
  parseKeyRing(entry);
  return entry;
}

/**
 * Encrypts with the first key of the ring. `aad` names the place where the data belongs. With
 * another `aad` it counts as tampered, so data sealed for one purpose is useless for another.
 *
 * IVs are random, which is safe for 2³² calls a key.
 */
export function seal(
  { writingKeyId, keys }: KeyRing,
  plaintext: Uint8Array,
  aad: string,
): SealedData {
  const iv = randomBytes(ivBytes);
  const sealing = createCipheriv(cipher, keyOf(keys, writingKeyId), iv, {
    authTagLength: tagBytes,
  });
  sealing.setAAD(associatedData(writingKeyId, aad));
  const ciphertext = [sealing.update(plaintext), sealing.final()];
  return { keyId: writingKeyId, data: Buffer.concat([iv, ...ciphertext, sealing.getAuthTag()]) };
}

/**
 * Decrypts what `seal` encrypted. Throws `UnknownKeyError` or `TamperedError`; neither contains a
 * secret.
 */
export function unseal(
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
  opening.setAAD(associatedData(keyId, aad));
  opening.setAuthTag(data.subarray(-tagBytes));
  try {
    return Buffer.concat([opening.update(data.subarray(ivBytes, -tagBytes)), opening.final()]);
  } catch {
    throw new TamperedError();
  }
}

/**
 * A keyed digest under each key of the ring, by key id. Without the key nobody can test a guess.
 * Two rings that share a key can compare digests. `aad` as with `seal`.
 */
export function digestsOf(
  { keys }: KeyRing,
  plaintext: Uint8Array,
  aad: string,
): Record<string, string> {
  const entries = [...keys].map(([keyId, key]): [string, string] => {
    // A derived key, because an encryption key must have no second use.
    const digestKey = new Uint8Array(hkdfSync('sha256', key, '', 'mooring-digest', keyBytes));
    const hmac = createHmac('sha256', digestKey).update(associatedData(keyId, aad));
    return [keyId, hmac.update('\n').update(plaintext).digest('base64url')];
  });
  return Object.fromEntries(entries);
}

function keyOf(keys: ReadonlyMap<string, KeyObject>, keyId: string): KeyObject {
  const key = keys.get(keyId);
  if (key === undefined) throw new UnknownKeyError(keyId);
  return key;
}

/** Key ids contain no colon, so the text of each pair is unique. */
function associatedData(keyId: string, aad: string): Buffer {
  return Buffer.from(`${keyId}:${aad}`);
}
