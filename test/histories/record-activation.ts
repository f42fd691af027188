import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import type { AccountStatus } from '../../sandbox/account.ts';
import { AuthScheme, type ConnectUserInput } from '../../src/index.ts';
import { secret } from '../support/an-event.ts';
import { historyKey } from '../support/history-key.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';
import { answers, ends } from './ends.ts';
import { save } from './save.ts';

/**
 * Records the branches of connectUser between ACTIVE at the API and ACTIVE as an outcome, and what
 * they start: `npm run record:histories`. The backend receives an event for each of them.
 */
let stage: TestStage;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const endpoint = (name: string, events?: string[]) => ({
    name,
    url: receiver.url,
    secrets: [secret()],
    allowPrivate: true,
    ...(events && { events }),
  });
  // The second endpoint takes the events of one branch only.
  const endpoints = [endpoint('app'), endpoint('billing', ['connect.canceled'])];
  const environment = {
    MOORING_ENCRYPTION_KEYS: historyKey,
    MOORING_EVENT_ENDPOINTS: JSON.stringify(endpoints),
  };
  stage = await openStage({ environment });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

const returnUrl = 'http://app.localhost:4321/done';
const apiKey = (key: string) => ({
  method: { initiate: AuthScheme.APIKey({ generic_api_key: key }) },
});

interface Branch {
  authConfigId?: string;
  alias?: string;
  tell(user: TestUser): Promise<unknown>;
}

const branches: Record<string, Branch> = {
  credentials: {
    authConfigId: 'ac_apikey',
    tell: (user) => user.ask(apiKey('key-of-ada-1')),
  },
  'credentials-rejected': {
    authConfigId: 'ac_apikey',
    tell: (user) => user.ask(apiKey('bad-key-of-ada')).catch(() => null),
  },
  'event-sent': { tell: (user) => finish(user) },
  'api-away': {
    async tell(user) {
      const route = 'POST /connected_accounts/link';
      await stage.sandbox.fault({ route, userId: user.id, times: 99, fault: { kind: 'html502' } });
      await user.connect({ timings: { openMs: 3_000 } }).catch(() => null);
    },
  },
  named: { alias: 'work', tell: (user) => finish(user, { alias: 'work' }) },
  'alias-in-use': {
    alias: 'work',
    async tell(user) {
      const { redirectUrl } = await user.connect({ alias: 'work' });
      await seed(user, 'EXPIRED', { alias: 'work' });
      await user.comeBack(await user.person.approve(redirectUrl));
    },
  },
  'alias-not-set': {
    alias: 'work',
    async tell(user) {
      await resist(user, 'PATCH /connected_accounts/:id');
      await finish(user, { alias: 'work', timings: { finishMs: 2_000 } });
    },
  },
  confirmed: { tell: async (user) => confirm(user, await comeHome(user), user.id) },
  'confirmed-by-another': { tell: async (user) => confirm(user, await comeHome(user), 'eve') },
  unconfirmed: { tell: (user) => comeHome(user, { timings: { confirmMs: 1_000 } }) },
  'confirmed-with-a-wrong-code': {
    async tell(user) {
      const code = await comeHome(user);
      await confirm(user, 'guessed', user.id).catch(() => null);
      await confirm(user, code, user.id);
    },
  },
  'two-browsers-came-back': {
    async tell(user) {
      const { redirectUrl } = await user.connect({ confirm: 'required' });
      const home = await user.comeBack(await callbackOf(redirectUrl));
      const early = confirm(user, home?.searchParams.get('mooring_code') ?? '', user.id);
      await user.comeBack(await user.person.approve(redirectUrl));
      await early;
    },
  },
  'canceled-while-confirming': {
    async tell(user) {
      await comeHome(user);
      await expect.poll(async () => (await connection(user).describe()).phase).toBe('confirming');
      await connection(user).cancel();
    },
  },
  verified: { tell: async (user) => verify(user, await reachVerifier(user), user.id) },
  'verified-for-another': { tell: async (user) => verify(user, await reachVerifier(user), 'eve') },
  'verifier-away': {
    async tell(user) {
      await resist(user, 'POST /connected_accounts/complete_auth');
      const sessionUri = await reachVerifier(user, { waitMs: 40_000 });
      await verify(user, sessionUri, user.id).catch(() => null);
    },
  },
  'replaced-a-dead-one': { tell: async (user) => replace(user, await seed(user, 'EXPIRED')) },
  'replaced-an-active-one': { tell: async (user) => replace(user, await seed(user, 'ACTIVE')) },
  'replaced-by-another': {
    tell: async (user) => replace(user, await seed(user, 'ACTIVE', { person: 'bob' })),
  },
  'replaced-by-another-with-a-warning': {
    tell: async (user) =>
      replace(user, await seed(user, 'ACTIVE', { person: 'bob' }), { sameIdentity: 'warn' }),
  },
  'replaced-any-person': {
    tell: async (user) =>
      replace(user, await seed(user, 'EXPIRED', { person: 'bob' }), { sameIdentity: 'ignore' }),
  },
  'replaced-one-that-is-busy': {
    async tell(user) {
      const old = await seed(user, 'EXPIRED');
      const handle = await stage.temporal.workflow.start('revokeThenDelete', {
        taskQueue: `${stage.taskQueue}-nobody`,
        workflowId: `account/${old}`,
      });
      await replace(user, old, { timings: { finishMs: 2_000 } });
      await connection(user).result();
      await handle.terminate();
    },
  },
  'canceled-while-another-run-holds-it': {
    async tell(user) {
      const { connectedAccountId, redirectUrl } = await user.connect();
      await user.person.approve(redirectUrl);
      const handle = await stage.temporal.workflow.start('accountCommand', {
        taskQueue: `${stage.taskQueue}-nobody`,
        workflowId: `account/${connectedAccountId}`,
      });
      await connection(user).cancel();
      await connection(user).result();
      await handle.terminate();
      const retiring = stage.temporal.workflow.getHandle(`retire/${connectedAccountId}`);
      await retiring.result();
      save('retire-account', 'waited', historyToJSON(await retiring.fetchHistory()));
    },
  },
  'replaced-one-that-resists': {
    async tell(user) {
      const old = await seed(user, 'ACTIVE');
      await resist(user, 'DELETE /connected_accounts/:id');
      await replace(user, old, { timings: { finishMs: 2_000 } });
    },
  },
};

it.each(Object.entries(branches))(
  'records %s',
  async (name, { tell, alias, authConfigId = 'ac_gmail' }) => {
    const user = stage.user(authConfigId);
    await tell(user);
    const attempt = connection(user, alias);
    const outcome = await attempt.result();
    const { status, reason } = outcome;
    expect(reason === null ? status : `${status} ${reason}`).toBe(ends[name]);
    const run = stage.temporal.workflow.getHandle(attempt.workflowId);
    save('connect-user', name, historyToJSON(await run.fetchHistory()));
    const { connectedAccountId, result } = (outcome.status === 'ACTIVE' && outcome.replaced) || {};
    const retired = { 'replaced-an-active-one': 'grant_shared' }[name];
    if (retired === undefined) return;
    expect(result).toBe(retired);
    const retirement = stage.temporal.workflow.getHandle(`account/${connectedAccountId}`);
    save('revoke-then-delete', 'replaced', historyToJSON(await retirement.fetchHistory()));
  },
  60_000,
);

it.each([
  ['minted', 'EXPIRED'],
  ['refused', 'ACTIVE'],
] as const)('records reconnectLink %s', async (name, status) => {
  const user = stage.user();
  await seed(user, status);
  const handle = await stage.temporal.workflow.start('reconnectLink', {
    taskQueue: stage.taskQueue,
    workflowId: `reconnect/${user.id}/${name}`,
    args: [{ connectionId: user.connectionId, returnUrl }],
  });
  expect(await handle.result()).toHaveProperty(answers[`reconnect-link/${name}`] ?? '');
  save('reconnect-link', name, historyToJSON(await handle.fetchHistory()));
});

function connection(user: TestUser, alias?: string) {
  return stage.mooring.connections.get(alias ? `${user.connectionId}/${alias}` : user.connectionId);
}

async function seed(
  user: TestUser,
  status: AccountStatus,
  more: { person?: string; alias?: string } = {},
): Promise<string> {
  const { id: userId, authConfigId } = user;
  const row = { userId, authConfigId, status, person: 'ada', ...more };
  return (await stage.sandbox.seedAccount(row)).id;
}

async function resist({ id: userId }: TestUser, route: string): Promise<void> {
  await stage.sandbox.fault({ route, userId, times: 99, fault: { kind: 'html502' } });
}

async function finish(user: TestUser, input: Partial<ConnectUserInput> = {}): Promise<void> {
  const { redirectUrl } = await user.connect(input);
  await user.comeBack(await user.person.approve(redirectUrl));
}

async function replace(user: TestUser, replaces: string, input: Partial<ConnectUserInput> = {}) {
  await finish(user, { replaces, ...input });
}

async function comeHome(user: TestUser, input: Partial<ConnectUserInput> = {}): Promise<string> {
  const { redirectUrl } = await user.connect({ confirm: 'required', ...input });
  const home = await user.comeBack(await user.person.approve(redirectUrl));
  return home?.searchParams.get('mooring_code') ?? '';
}

async function confirm(user: TestUser, code: string, userId: string) {
  return connection(user).confirm({ code, userId });
}

/** Where Composio would send the browser of a person who turns back on the page of the link. */
async function callbackOf(redirectUrl: string): Promise<URL> {
  await stage.sandbox.settings({ deniedStatus: 'INITIATED' });
  const callback = await new Person('eve').cancelAtLinkPage(redirectUrl);
  await stage.sandbox.settings({ deniedStatus: 'FAILED' });
  callback.searchParams.set('status', 'success');
  callback.searchParams.delete('error');
  return callback;
}

async function reachVerifier(user: TestUser, input: Partial<ConnectUserInput> = {}) {
  await stage.sandbox.settings({ verifierUrl: 'http://app.localhost:4321/verify' });
  const { redirectUrl } = await user.connect(input);
  const verifier = await user.person.approve(redirectUrl);
  await stage.sandbox.settings({ verifierUrl: null });
  return verifier.searchParams.get('session_uri') ?? '';
}

async function verify(user: TestUser, sessionUri: string, userId: string) {
  return connection(user).completeAuth({ sessionUri, userId });
}
