import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { MooringError } from '../domain/errors.ts';
import type { KeyRing } from '../keys.ts';
import { type CodecOptions, createCodec } from './codec.ts';
import { isLoopback } from './connect.ts';

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
 * Against a Temporal that is not on loopback every part refuses to start without encryption keys, unless
 * plaintext was allowed by name (MOORING_ALLOW_PLAINTEXT=1): throws ERR_ENCRYPTION_KEY_MISSING.
 */
export function requireEncryption({
  address,
  keys,
  allowPlaintext,
}: {
  address: string;
  keys: KeyRing | undefined;
  allowPlaintext: boolean;
}): void {
  if (keys !== undefined || allowPlaintext || isLoopback(address)) return;
  throw new MooringError(
    'ERR_ENCRYPTION_KEY_MISSING',
    `Temporal at ${address} is not on this machine, and what is stored there would be readable: ` +
      'set MOORING_ENCRYPTION_KEYS to what `mooring keygen` prints, or MOORING_ALLOW_PLAINTEXT=1',
  );
}
