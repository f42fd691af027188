import { type Payload, type PayloadCodec, defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { Client, WorkflowClient } from '@temporalio/client';
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

/** The replacement for a value that is encrypted with a key that this process does not have. */
const unreadable = 'MOORING_UNREADABLE';
const unreadablePayload: Payload = defaultPayloadConverter.toPayload(unreadable);

/** Whether a value of this memo could not be decrypted. */
export function isUnreadableMemo(memo: Record<string, unknown> | undefined): boolean {
  return Object.values(memo ?? {}).includes(unreadable);
}

/**
 * The same client, for lists. If it cannot decrypt a memo, that memo is unreadable, and all other
 * rows stay in the list.
 */
export function lenientClient({ workflow, options }: Client): Pick<WorkflowClient, 'list'> {
  const { loadedDataConverter } = options;
  const payloadCodecs = [lenientCodec(loadedDataConverter.payloadCodecs)];
  // The SDK's client reads its codecs here. Its options name them too, but a list does not read
  // those.
  const dataConverter = { value: { ...loadedDataConverter, payloadCodecs } };
  return Object.create(workflow, { dataConverter }) as WorkflowClient;
}

/**
 * Decodes like these codecs, but one payload at a time. A payload with an unknown key leaves the
 * others readable.
 */
function lenientCodec(codecs: readonly PayloadCodec[]): PayloadCodec {
  return {
    encode: async (payloads) => payloads,
    decode: async (payloads) => Promise.all(payloads.map((payload) => decode(payload))),
  };

  async function decode(payload: Payload): Promise<Payload> {
    try {
      let payloads = [payload];
      for (const codec of codecs.toReversed()) payloads = await codec.decode(payloads);
      const [decoded = payload] = payloads;
      // If the client has no codec, an encrypted value throws only here.
      defaultPayloadConverter.fromPayload(decoded);
      return decoded;
    } catch {
      return unreadablePayload;
    }
  }
}

/** Empty if any value of it is unreadable. */
export function readableMemo<T extends object>({
  memo = {},
}: {
  memo?: Record<string, unknown>;
}): Partial<T> {
  return isUnreadableMemo(memo) ? {} : (memo as Partial<T>);
}
