import type { DataConverter } from '@temporalio/common';
import { MooringError } from '../domain/errors.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { type CodecOptions, createCodec } from './codec.ts';

export type DataConverterOptions = { encryptionKeys?: KeyRing | undefined } & CodecOptions;

/**
 * The data converter of every part that calls Temporal: client, gateway, CLI. A worker adds the
 * texts of failures (`workerDataConverter`). With keys, it encrypts all payloads. Without keys,
 * everything is Temporal's plain JSON.
 */
export function dataConverter({
  encryptionKeys,
  ...codecOptions
}: DataConverterOptions = {}): DataConverter {
  if (encryptionKeys === undefined) return {};
  return { payloadCodecs: [createCodec(encryptionKeys, codecOptions)] };
}

/**
 * Throws ERR_ENCRYPTION_KEY_MISSING without encryption keys, unless plain text is allowed. A
 * loopback address is no exception: it may be a tunnel or a published port, and the first call
 * would store its input unencrypted. The names are those of the settings that the caller can set.
 */
export function requireEncryption(
  { keys, allowPlaintext }: { keys: KeyRing | string | undefined; allowPlaintext: boolean },
  { keysName = 'MOORING_ENCRYPTION_KEYS', allowName = 'MOORING_ALLOW_PLAINTEXT=1' } = {},
): void {
  if (keys !== undefined || allowPlaintext) return;
  throw new MooringError(
    'ERR_ENCRYPTION_KEY_MISSING',
    `${keysName} is not set, so Temporal would store everything unencrypted: set it to the value ` +
      `of the other parts (create a key with \`mooring keygen\`), or set ${allowName}`,
  );
}
