import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { MooringError } from '../domain/errors.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { type CodecOptions, createCodec } from './codec.ts';

/** For `bundleWorkflowCode` too: a prebuilt bundle ignores what the worker says about converters. */
export const failureConverterPath = fileURLToPath(
  new URL('./failure-converter.cjs', import.meta.url),
);

/**
 * The data converter of every part that talks to Temporal: client, worker, gateway, CLI. With keys, all
 * payloads and the texts of failures are encrypted; without, everything is Temporal's plain JSON.
 */
export function dataConverter({
  encryptionKeys,
  ...codecOptions
}: { encryptionKeys?: KeyRing | undefined } & CodecOptions = {}): DataConverter {
  if (encryptionKeys === undefined) return {};
  return { failureConverterPath, payloadCodecs: [createCodec(encryptionKeys, codecOptions)] };
}

/**
 * Every part refuses to start without encryption keys, unless plaintext was allowed by name
 * (MOORING_ALLOW_PLAINTEXT=1): throws ERR_ENCRYPTION_KEY_MISSING. An address on loopback is no exception: behind
 * it may be a tunnel or a published port, and the first call would store its input in clear.
 */
export function requireEncryption({
  keys,
  allowPlaintext,
}: {
  keys: KeyRing | undefined;
  allowPlaintext: boolean;
}): void {
  if (keys !== undefined || allowPlaintext) return;
  throw new MooringError(
    'ERR_ENCRYPTION_KEY_MISSING',
    'MOORING_ENCRYPTION_KEYS is not set, so Temporal would store everything in clear: set it to what the ' +
      'other parts have (a new one: `mooring keygen`), or set MOORING_ALLOW_PLAINTEXT=1',
  );
}
