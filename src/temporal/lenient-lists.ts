import type { Client, WorkflowClient } from '@temporalio/client';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';

/** What a value reads as that was encrypted with a key that is not here. */
const unreadable = 'MOORING_UNREADABLE';
const asUnreadable: Payload = defaultPayloadConverter.toPayload(unreadable);

/** Whether a value of this memo could not be decrypted. */
export function isUnreadableMemo(memo: Record<string, unknown> | undefined): boolean {
  return Object.values(memo ?? {}).includes(unreadable);
}

/** The same client, for lists: a memo that it cannot decrypt is unreadable, and hides no other row. */
export function leniently({ workflow, options }: Client): Pick<WorkflowClient, 'list'> {
  const { loadedDataConverter } = options;
  const payloadCodecs = [lenientCodec(loadedDataConverter.payloadCodecs)];
  // Where the SDK's client looks for its codecs. Its options name them too, and are not read for a list.
  const dataConverter = { value: { ...loadedDataConverter, payloadCodecs } };
  return Object.create(workflow, { dataConverter }) as WorkflowClient;
}

/** Decodes as these codecs do, and one payload at a time, so that one under an unknown key leaves the others readable. */
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
      return asUnreadable;
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
