import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { type KeyRing, unseal, seal, TamperedError, UnknownKeyError } from '../crypto/key-ring.ts';

const WholePayload = proto.temporal.api.common.v1.Payload;
const aad = 'mooring-payload';
const encrypted = 'binary/encrypted';

/**
 * The metadata keys of the sample codecs in Temporal's SDKs, so that the Temporal UI recognizes the
 * encoding.
 */
const encodingKey = 'encoding';
const keyIdKey = 'encryption-key-id';

export interface CodecOptions {
  /**
   * Called for each payload whose key is not in the ring, possibly several times per task. Use it
   * to log and to raise an alarm.
   */
  onUnknownKey?: (keyId: string) => void;
}

/**
 * Encrypts every whole payload before it is sent to Temporal, so that its inner encoding is kept.
 *
 * Decoding leaves other encodings unchanged, so histories from before encryption stay readable. An
 * unknown key throws `UnknownKeyError`: the task fails, and Temporal retries it until the key is
 * there.
 */
export function createCodec(ring: KeyRing, { onUnknownKey }: CodecOptions = {}): PayloadCodec {
  return {
    encode: async (payloads) => payloads.map((payload) => encryptPayload(ring, payload)),
    decode: async (payloads) => {
      try {
        return payloads.map((payload) => decryptPayload(ring, payload));
      } catch (error) {
        if (error instanceof UnknownKeyError) onUnknownKey?.(error.keyId);
        throw error;
      }
    },
  };
}

function encryptPayload(ring: KeyRing, payload: Payload): Payload {
  const { keyId, data } = seal(ring, WholePayload.encode(payload).finish(), aad);
  const metadata = { [encodingKey]: Buffer.from(encrypted), [keyIdKey]: Buffer.from(keyId) };
  return { metadata, data };
}

function decryptPayload(ring: KeyRing, payload: Payload): Payload {
  const { metadata, data } = payload;
  if (asText(metadata?.[encodingKey]) !== encrypted) return payload;
  const keyId = asText(metadata?.[keyIdKey]);
  if (keyId === null || !data) throw new TamperedError();
  return WholePayload.decode(unseal(ring, keyId, data, aad));
}

function asText(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString();
}
