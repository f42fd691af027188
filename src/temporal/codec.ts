import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { type KeyRing, open, seal, TamperedError, UnknownKeyError } from '../crypto/key-ring.ts';

const WholePayload = proto.temporal.api.common.v1.Payload;
const aad = 'mooring-payload';
const encrypted = 'binary/encrypted';

/** Metadata that the sample codecs of Temporal's SDKs use too, so that the Temporal UI knows what it looks at. */
const encodingKey = 'encoding';
const keyIdKey = 'encryption-key-id';

export interface CodecOptions {
  /** Told of each payload whose key is not in the ring, several a task: to log it, to raise an alarm. */
  onUnknownKey?: (keyId: string) => void;
}

/**
 * Encrypts every payload before it leaves for Temporal, whole, so that its inner encoding survives.
 *
 * Decoding leaves other encodings as they are, so histories from before the keys stay readable. An
 * unknown key throws `UnknownKeyError`: the task fails, is retried, and goes on when the key is there.
 */
export function createCodec(ring: KeyRing, { onUnknownKey }: CodecOptions = {}): PayloadCodec {
  return {
    encode: async (payloads) => payloads.map((payload) => encrypt(ring, payload)),
    decode: async (payloads) => {
      try {
        return payloads.map((payload) => decrypt(ring, payload));
      } catch (error) {
        if (error instanceof UnknownKeyError) onUnknownKey?.(error.keyId);
        throw error;
      }
    },
  };
}

function encrypt(ring: KeyRing, payload: Payload): Payload {
  const { keyId, data } = seal(ring, WholePayload.encode(payload).finish(), aad);
  const metadata = { [encodingKey]: Buffer.from(encrypted), [keyIdKey]: Buffer.from(keyId) };
  return { metadata, data };
}

function decrypt(ring: KeyRing, payload: Payload): Payload {
  const { metadata, data } = payload;
  if (asText(metadata?.[encodingKey]) !== encrypted) return payload;
  const keyId = asText(metadata?.[keyIdKey]);
  if (keyId === null || !data) throw new TamperedError();
  return WholePayload.decode(open(ring, keyId, data, aad));
}

function asText(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString();
}
