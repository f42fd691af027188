import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountStatus } from '../../sandbox/account.ts';
import type { RefreshInput } from '../../src/index.ts';
import { accountWorkflowId, reauthWorkflowId } from '../../src/domain/ids.ts';
import { hintSignal } from '../../src/protocol/messages.ts';
import { secret } from '../support/an-event.ts';
import { historyKey } from '../support/history-key.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';
import { answers } from './ends.ts';
import { save } from './save.ts';

/** Records the branches of refreshConnection and awaitReauth: `npm run record:histories`. */
const returnUrl = 'http://app.localhost:4321/done';
const route = 'POST /connected_accounts/:id/refresh';
const quick = { readsMs: [1_000, 2_000], everyMs: 1_000, hintSpacingMs: 1_000 };

let stage: TestStage;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const endpoint = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  const environment = {
    MOORING_ENCRYPTION_KEYS: historyKey,
    MOORING_EVENT_ENDPOINTS: JSON.stringify([endpoint]),
  };
  stage = await openStage({ environment });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

interface Branch {
  status?: AccountStatus;
  renews?: true;
  tell(user: TestUser, id: string): Promise<unknown>;
}

const refreshes: Record<string, Branch> = {
  healthy: { status: 'ACTIVE', tell: (user, id) => refresh(user, id) },
  healed: { renews: true, tell: (user, id) => refresh(user, id) },
  'reauth-required': { tell: (user, id) => refresh(user, id) },
  'already-notified': {
    async tell(user, id) {
      await refresh(user, id);
      await refresh(user, id);
    },
  },
  'made-worse': {
    status: 'ACTIVE',
    tell: (user, id) => refresh(user, id, { mode: 'proactive' }),
  },
  'lost-answer': {
    async tell(user, id) {
      await stage.sandbox.fault({ route, userId: user.id, fault: { kind: 'applyThenDrop' } });
      await refresh(user, id);
    },
  },
  gone: {
    async tell(user, id) {
      await stage.sandbox.remove(id);
      await refresh(user, id);
    },
  },
  'of-another': { tell: (_, id) => refresh(stage.user(), id).catch(() => null) },
  'found-active-by-the-memory': {
    async tell(user, id) {
      await refresh(user, id);
      await stage.sandbox.setStatus(id, 'ACTIVE');
      await refresh(user, id);
    },
  },
  'canceled-at-work': {
    async tell(user, id) {
      const fault = { kind: 'status', status: 503 } as const;
      await stage.sandbox.fault({ route, userId: user.id, times: 100, fault });
      const asked = refresh(user, id);
      await expect.poll(async () => (await user.calls()).includes(route)).toBe(true);
      await stage.mooring.accounts.getRefresh(id).cancel();
      await asked;
    },
  },
  returned: {
    async tell(user, id) {
      await comeBack(user, await refresh(user, id, { returnUrl }));
    },
  },
  'returned-after-the-event': {
    async tell(user, id) {
      await refresh(user, id);
      await comeBack(user, await refresh(user, id, { returnUrl }));
    },
  },
  'returned-with-a-no': {
    async tell(user, id) {
      const { redirectUrl } = await refresh(user, id, { returnUrl });
      await user.comeBack(await user.person.deny(redirectUrl ?? ''));
    },
  },
  'never-returned': { tell: (user, id) => refresh(user, id, { returnUrl, waitMs: 2_000 }) },
  canceled: {
    async tell(user, id) {
      await refresh(user, id, { returnUrl });
      await stage.mooring.accounts.getRefresh(id).cancel();
    },
  },
  'workflow-canceled': {
    async tell(user, id) {
      await refresh(user, id, { returnUrl });
      await stage.temporal.workflow.getHandle(accountWorkflowId(id)).cancel();
    },
  },
  joined: {
    async tell(user, id) {
      const both = [refresh(user, id, { returnUrl }), refresh(user, id, { returnUrl })];
      const [answer] = await Promise.all(both);
      await refresh(user, id);
      if (answer !== undefined) await comeBack(user, answer);
    },
  },
};

it.each(Object.entries(refreshes))('records %s', async (name, { status, renews, tell }) => {
  await stage.sandbox.settings({ refreshReading: renews ? 'renew' : 'restart' });
  const user = stage.user();
  const id = await seed(user, status ?? 'EXPIRED', renews ? 'alive' : undefined);
  await tell(user, id);
  const handle = stage.temporal.workflow.getHandle(accountWorkflowId(id));
  expect(JSON.stringify(await handle.result())).toContain(answers[`refresh-connection/${name}`]);
  await stage.sandbox.clearFaults();
  save('refresh-connection', name, historyToJSON(await handle.fetchHistory()));
});

const memories: Record<string, Branch> = {
  healed: { tell: (_, id) => stage.sandbox.setStatus(id, 'ACTIVE') },
  hinted: {
    async tell(_, id) {
      await Promise.all([hint(id), hint(id)]);
      await stage.sandbox.setStatus(id, 'ACTIVE');
      await hint(id);
    },
  },
  revoked: { tell: (_, id) => stage.sandbox.setStatus(id, 'REVOKED') },
  disabled: { tell: (_, id) => stage.sandbox.setStatus(id, 'INACTIVE') },
  gone: { tell: (_, id) => stage.sandbox.remove(id) },
  forgotten: { tell: async () => {} },
  needless: { status: 'ACTIVE', tell: async () => {} },
};

it.each(Object.entries(memories))('records the memory of %s', async (name, { status, tell }) => {
  const user = stage.user();
  const id = await seed(user, status ?? 'EXPIRED');
  const handle = await stage.temporal.workflow.start('awaitReauth', {
    workflowId: reauthWorkflowId(id),
    taskQueue: stage.taskQueue,
    args: [{ userId: user.id, connectedAccountId: id, timings: { ...quick, keepMs: 4_000 } }],
  });
  await expect.poll(async () => (await user.calls()).length).toBeGreaterThan(0);
  await tell(user, id);
  expect(JSON.stringify(await handle.result())).toContain(answers[`await-reauth/${name}`]);
  save('await-reauth', name, historyToJSON(await handle.fetchHistory()));
});

async function seed(user: TestUser, status: AccountStatus, grant?: 'alive'): Promise<string> {
  const { id: userId, authConfigId } = user;
  const row = { userId, authConfigId, status, ...(grant && { grant }) };
  return (await stage.sandbox.seedAccount(row)).id;
}

function refresh(user: TestUser, connectedAccountId: string, more: Partial<RefreshInput> = {}) {
  return stage.mooring.accounts.refresh({ userId: user.id, connectedAccountId, ...more });
}

async function comeBack(user: TestUser, { redirectUrl }: { redirectUrl: string | null }) {
  await user.comeBack(await user.person.approve(redirectUrl ?? ''));
}

async function hint(id: string): Promise<void> {
  await stage.temporal.workflow.getHandle(reauthWorkflowId(id)).signal(hintSignal);
}
