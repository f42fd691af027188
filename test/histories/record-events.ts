import { randomUUID } from 'node:crypto';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Delivery, DeliveryTimings } from '../../src/domain/events/delivery.ts';
import { eventWorkflowId } from '../../src/domain/ids.ts';
import { searchAttributeKeys as keys } from '../../src/protocol/messages.ts';
import { event, secret } from '../support/an-event.ts';
import { historyKey } from '../support/history-key.ts';
import { type Receiver, startReceiver, status } from '../support/receiver.ts';
import { openStage, type TestStage } from '../support/stage.ts';
import { deliveries } from './ends.ts';
import { save } from './save.ts';

/** Records one real history for each branch of deliverEvent: `npm run record:histories`. */
const quick = { retryFirstMs: 1_000, retryMaxMs: 1_000, roundMs: 2_000, keepMs: 2_000 };

let stage: TestStage;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const app = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  const environment = {
    MOORING_ENCRYPTION_KEYS: historyKey,
    MOORING_EVENT_ENDPOINTS: JSON.stringify([app]),
  };
  stage = await openStage({ environment });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

/** What the endpoint answers, and what happens to the delivery in between. */
interface Branch {
  answers: number[];
  timings?: Partial<DeliveryTimings>;
  id?: string;
  meanwhile?: (handle: WorkflowHandle) => Promise<unknown>;
}

const resend = (handle: WorkflowHandle) => stage.mooring.events.resend(handle.workflowId);

const branches: Record<string, Branch> = {
  delivered: { answers: [204] },
  exhausted: { answers: [500, 500, 500], timings: quick },
  gone: { answers: [410], timings: quick },
  invalid: { answers: [], id: 'another' },
  resent: {
    answers: [410, 204],
    async meanwhile(handle) {
      await expect.poll(() => phase(handle), { timeout: 10_000 }).toBe('given_up');
      await resend(handle);
    },
  },
  'resent-before-its-next-try': {
    answers: [500, 204],
    async meanwhile(handle) {
      const before = receiver.received.length;
      await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(before + 1);
      await resend(handle);
    },
  },
  cancelled: { answers: [500], meanwhile: (handle) => handle.cancel() },
};

it.each(Object.entries(branches))('records %s', async (name, branch) => {
  receiver.reply(...branch.answers.map((code) => status(code)));
  const own = { ...event, id: `${randomUUID()}_1` };
  const handle = await stage.temporal.workflow.start('deliverEvent', {
    taskQueue: stage.taskQueue,
    workflowId: eventWorkflowId(branch.id ?? own.id, 'app'),
    args: [{ event: own, endpoint: 'app', timings: branch.timings ?? { retryFirstMs: 60_000 } }],
  });
  await branch.meanwhile?.(handle);
  expect(await disconnectRunOf(handle)).toBe(deliveries[name]);
  save('deliver-event', name, historyToJSON(await handle.fetchHistory()));
});

async function phase(handle: WorkflowHandle) {
  return (await handle.describe()).typedSearchAttributes.get(keys.phase);
}

async function disconnectRunOf(handle: WorkflowHandle): Promise<string> {
  try {
    const { delivered, reason } = (await handle.result()) as Delivery;
    return delivered ? 'delivered' : `undelivered ${reason}`;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return 'cancelled';
    throw error;
  }
}
