import type { Client, WorkflowClient } from '@temporalio/client';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';

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
