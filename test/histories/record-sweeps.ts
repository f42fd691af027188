import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountStatus } from '../../sandbox/account.ts';
import type { SweepInput, SweepReport } from '../../src/index.ts';
import { sweepWorkflowId } from '../../src/domain/ids.ts';
import { cancelSignal } from '../../src/protocol/messages.ts';
import { secret } from '../support/an-event.ts';
import { historyKey } from '../support/history-key.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openStage, type TestStage } from '../support/stage.ts';
import { answers } from './ends.ts';
import { save } from './save.ts';

/** Records one real history for each branch of bulkRefresh: `npm run record:histories`. */
let stage: TestStage;
let receiver: Receiver;
let seedings = 0;

beforeAll(async () => {
  receiver = await startReceiver();
  const app = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  const environment = {
    MOORING_ENCRYPTION_KEYS: historyKey,
    MOORING_EVENT_ENDPOINTS: JSON.stringify([app]),
  };
  stage = await openStage({ environment });
  await stage.sandbox.settings({ requestsPerMinute: 1_000_000 });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

async function seeded(status: AccountStatus, count: number) {
  const userPrefix = `replayed-${++seedings}_`;
  await stage.sandbox.seedAccounts({
    count,
    userPrefix,
    authConfigs: { ac_custom_slack: 1 },
    kinds: [{ share: 1, status, ...(status === 'EXPIRED' && { grant: 'sandbox' }) }],
  });
  return { userIds: Array.from({ length: count }, (_, n) => `${userPrefix}${n}`) };
}

interface Branch {
  status: AccountStatus;
  count: number;
  refreshReading?: 'restart' | 'renew';
  input?: Partial<SweepInput> | Record<string, unknown>;
  cancelBy?: 'signal' | 'cancel';
}

const proactive = { mode: 'proactive', refreshAfter: { slack: 1_000 } } as const;

const branches: Record<string, Branch> = {
  healed: { status: 'EXPIRED', count: 12, input: { sizes: { batch: 3 } } },
  probed: { status: 'ACTIVE', count: 12, input: { mode: 'probe', sizes: { pageRows: 2, pages: 2 } } },
  continued: { status: 'EXPIRED', count: 12, input: { sizes: { pageRows: 4, rows: 4, listings: 2 } } },
  renewed: { status: 'ACTIVE', count: 12, input: { ...proactive, sizes: { batch: 5 } } },
  halted: {
    status: 'ACTIVE',
    count: 12,
    refreshReading: 'restart',
    input: { ...proactive, sizes: { batch: 5 } },
  },
  canceled: { status: 'EXPIRED', count: 12, input: { sizes: { batch: 1 } }, cancelBy: 'signal' },
  'workflow-canceled': {
    status: 'EXPIRED',
    count: 12,
    input: { sizes: { batch: 1 } },
    cancelBy: 'cancel',
  },
  refused: { status: 'ACTIVE', count: 1, input: { mode: 'everything' } },
};

/** The field for which Mooring refused an input. */
function fieldOf(error: unknown): string | undefined {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) throw error;
  return (cause.details?.[0] as { field?: string } | undefined)?.field;
}

it.each(Object.entries(branches))('records %s', async (branch, options) => {
  const { status, count, refreshReading = 'renew', input = {}, cancelBy } = options;
  await stage.sandbox.settings({ refreshReading, latencyMs: cancelBy === undefined ? 0 : 300 });
  const filter = await seeded(status, count);
  await sleep(1_100);
  const name = `r-${randomBytes(4).toString('hex')}`;
  const handle = await stage.temporal.workflow.start('bulkRefresh', {
    taskQueue: stage.taskQueue,
    workflowId: sweepWorkflowId(name),
    args: [{ name, filter, ...input }],
  });
  const first = stage.temporal.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
  if (cancelBy !== undefined) {
    await sleep(1_000);
    await (cancelBy === 'signal' ? handle.signal(cancelSignal) : handle.cancel());
  }
  const ended = await handle.result().then(
    (report) => (report as SweepReport).ended,
    fieldOf,
  );
  const answer = answers[`bulk-refresh/${branch}`];
  expect(branch === 'continued' ? 'place' : ended).toBe(answer);
  save('bulk-refresh', branch, historyToJSON(await first.fetchHistory()));
});
