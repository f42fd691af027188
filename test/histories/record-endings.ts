import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountStatus } from '../../sandbox/account.ts';
import type { DisconnectInput, OwnedAccount } from '../../src/index.ts';
import { accountWorkflowId, planWorkflowId } from '../../src/domain/ids.ts';
import { secret } from '../support/an-event.ts';
import { historyKey } from '../support/history-key.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openStage, type TestStage } from '../support/stage.ts';
import { answers } from './ends.ts';
import { save } from './save.ts';

/** Records one real history for each branch of revokeThenDelete: `npm run record:histories`. */
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

const quick = { roundMs: 3_000, restFirstMs: 1_000, restMaxMs: 1_000 };
const window = { undoWindowMs: 60_000 };

interface Branch {
  authConfigId?: string;
  status?: AccountStatus;
  input?: Partial<DisconnectInput>;
  /** Another account of this user that is ACTIVE. */
  sibling?: true;
  /** How often the provider fails first. */
  failures?: number;
  meanwhile?(account: OwnedAccount): Promise<unknown>;
}

const disabled = async ({ connectedAccountId }: OwnedAccount) =>
  expect
    .poll(
      async () => {
        const rows = await stage.sandbox.accounts({});
        return rows.find(({ id }) => id === connectedAccountId)?.status;
      },
      { timeout: 20_000 },
    )
    .toBe('INACTIVE');
const run = ({ connectedAccountId }: OwnedAccount) =>
  stage.temporal.workflow.getHandle(accountWorkflowId(connectedAccountId));

const branches: Record<string, Branch> = {
  revoked: {},
  'revoked-beside-a-sibling': { sibling: true },
  'never-active': { status: 'INITIATED' },
  'already-revoked': { status: 'REVOKED' },
  unsupported: { authConfigId: 'ac_apikey' },
  unproven: { input: { revoke: false } },
  recorded: { input: { keepRecord: true } },
  'after-failures': { failures: 2 },
  'provider-stayed-away': { failures: 99, input: { timings: { ...quick, providerMs: 2_000 } } },
  'after-its-window': { input: { undoWindowMs: 1_000 } },
  kept: {
    input: window,
    async meanwhile(account) {
      await disabled(account);
      await stage.mooring.accounts.keep(account);
    },
  },
  'kept-disabled': { status: 'INACTIVE', input: window, meanwhile: (it) => stage.mooring.accounts.keep(it) },
  canceled: {
    input: window,
    async meanwhile(account) {
      await disabled(account);
      await run(account).signal('cancel');
    },
  },
  'workflow-canceled': {
    input: window,
    async meanwhile(account) {
      await disabled(account);
      await run(account).cancel();
    },
  },
};

it.each(Object.entries(branches))('records %s', async (name, branch) => {
  const { authConfigId = 'ac_gmail', status = 'ACTIVE', input, failures = 0, meanwhile } = branch;
  const { id: userId } = stage.user(authConfigId);
  const row = { userId, authConfigId, status, person: 'ada' };
  const { id: connectedAccountId } = await stage.sandbox.seedAccount(row);
  if (branch.sibling) await stage.sandbox.seedAccount(row);
  if (failures > 0) {
    const route = 'POST /connected_accounts/:id/revoke';
    const fault = { kind: 'status', status: 500 } as const;
    await stage.sandbox.fault({ route, userId, times: failures, fault });
  }
  const account = { userId, connectedAccountId };
  await stage.mooring.accounts.disconnect({ ...account, timings: quick, ...input });
  await meanwhile?.(account);
  const answer = JSON.stringify(await run(account).result());
  expect(answer).toContain(`"${answers[`revoke-then-delete/${name}`]}"`);
  save('revoke-then-delete', name, historyToJSON(await run(account).fetchHistory()));
});

it.each([
  ['gone', {}],
  ['refused', { reason: 'nonsense' }],
])('records one that is %s', async (name, change) => {
  const connectedAccountId = `ca_never_${name}`;
  const handle = await stage.temporal.workflow.start('revokeThenDelete', {
    taskQueue: stage.taskQueue,
    workflowId: accountWorkflowId(connectedAccountId),
    args: [{ userId: stage.user().id, connectedAccountId, reason: 'disconnect', ...change }],
  });
  expect(JSON.stringify(await handle.result())).toContain(
    `"${answers[`revoke-then-delete/${name}`]}"`,
  );
  save('revoke-then-delete', name, historyToJSON(await handle.fetchHistory()));
});

it('records planDisconnect', async () => {
  const { id: userId, authConfigId } = stage.user();
  const row = { userId, authConfigId, status: 'ACTIVE' as const, person: 'ada' };
  const { id: connectedAccountId } = await stage.sandbox.seedAccount(row);
  const handle = await stage.temporal.workflow.start('planDisconnect', {
    taskQueue: stage.taskQueue,
    workflowId: planWorkflowId(connectedAccountId, '0123456789ab'),
    args: [{ userId, connectedAccountId, reason: 'disconnect' }],
  });
  expect(await handle.result()).toHaveProperty('plan');
  save('plan-disconnect', 'planned', historyToJSON(await handle.fetchHistory()));
});
