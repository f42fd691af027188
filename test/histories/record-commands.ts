import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MooringClient, OwnedAccount } from '../../src/index.ts';
import { accountWorkflowId } from '../../src/domain/ids.ts';
import { secret } from '../support/an-event.ts';
import { historyKey } from '../support/history-key.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openStage, type TestStage } from '../support/stage.ts';
import { answers } from './ends.ts';
import { save } from './save.ts';

/** Records one real history for each branch of accountCommand: `npm run record:histories`. */
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

interface Branch {
  authConfigId?: string;
  command(mooring: MooringClient, account: OwnedAccount): Promise<unknown>;
}

const val = { generic_api_key: 'key-of-ada-2' };

const branches: Record<string, Branch> = {
  disabled: { command: (mooring, account) => mooring.accounts.disable(account) },
  'left-as-it-was': { command: (mooring, account) => mooring.accounts.enable(account) },
  named: { command: (mooring, account) => mooring.accounts.updateAlias({ ...account, alias: 'work' }) },
  credentials: {
    authConfigId: 'ac_apikey',
    command: (mooring, account) =>
      mooring.accounts.updateCredentials({ ...account, credentials: { authScheme: 'API_KEY', val } }),
  },
  refused: {
    command: (mooring, account) =>
      mooring.accounts.disable({ ...account, userId: 'eve' }).catch(() => null),
  },
  'canceled-in-vain': {
    async command(mooring, account) {
      const route = 'GET /connected_accounts/:id';
      const { userId } = account;
      await stage.sandbox.fault({ route, userId, fault: { kind: 'delay', beforeMs: 3_000 } });
      const disabled = mooring.accounts.disable(account);
      const run = stage.temporal.workflow.getHandle(accountWorkflowId(account.connectedAccountId));
      await expect.poll(() => run.cancel().then(() => true, () => false)).toBe(true);
      await disabled;
    },
  },
};

it.each(Object.entries(branches))(
  'records %s',
  async (name, { authConfigId = 'ac_gmail', command }) => {
    const { id: userId } = stage.user(authConfigId);
    const row = { userId, authConfigId, status: 'ACTIVE' as const, person: 'ada' };
    const { id: connectedAccountId } = await stage.sandbox.seedAccount(row);
    await command(stage.mooring, { userId, connectedAccountId });
    const run = stage.temporal.workflow.getHandle(accountWorkflowId(connectedAccountId));
    expect(await run.result()).toHaveProperty(answers[`account-command/${name}`] ?? '');
    save('account-command', name, historyToJSON(await run.fetchHistory()));
  },
);
