import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeededAccount } from '../../../sandbox/control.ts';
import { ConnectedAccounts, type ConnectedAccount } from '../../../src/accounts.ts';
import { MooringClient } from '../../../src/index.ts';
import { accountWorkflowId } from '../../../src/domain/ids.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

let stage: TestStage;
let accounts: ConnectedAccounts;

beforeAll(async () => {
  stage = await openStage();
  accounts = await ConnectedAccounts.connect({ environment: stage.env });
});
afterAll(async () => {
  await accounts.close();
  await stage.close();
});

function seed(user: TestUser, row: Partial<SeededAccount> = {}) {
  const { id: userId, authConfigId } = user;
  return stage.sandbox.seedAccount({ userId, authConfigId, ...row }).then(({ id }) => id);
}

async function all(list: AsyncIterable<ConnectedAccount>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of list) ids.push(id);
  return ids;
}

/** An open run that holds the account; no worker ever takes it. */
async function hold(connectedAccountId: string, workflowType: string) {
  const handle = await stage.temporal.workflow.start(workflowType, {
    taskQueue: `${stage.taskQueue}-nobody`,
    workflowId: accountWorkflowId(connectedAccountId),
  });
  return { letGo: async () => handle.terminate('done') };
}

describe('getAccount', () => {
  it('returns an account with its connection, and no credentials', async () => {
    const user = stage.user();
    const id = await seed(user, { alias: 'work' });
    const account = await accounts.get(id);
    expect(account).toMatchObject({
      id,
      status: 'ACTIVE',
      connectionId: `${user.connectionId}/work`,
    });
    const shown = JSON.stringify(account);
    for (const secret of await stage.sandbox.secrets()) expect(shown).not.toContain(secret);
  });

  it('is null for a deleted account', async () => {
    const id = await seed(stage.user());
    await stage.sandbox.remove(id);
    expect(await accounts.get(id)).toBeNull();
  });

  it('needs an API key of its own', async () => {
    const { COMPOSIO_API_KEY: _, ...environment } = stage.env;
    await expect(ConnectedAccounts.connect({ environment })).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      message: 'COMPOSIO_API_KEY: is not set',
    });
  });

  it('reports that the API key is refused', async () => {
    const environment = { ...stage.env, COMPOSIO_API_KEY: 'ak_another_one' };
    const others = await ConnectedAccounts.connect({ environment, mooring: stage.mooring });
    await expect(others.get('ca_1')).rejects.toMatchObject({ code: 'ERR_UNAUTHORIZED' });
  });
});

describe('list', () => {
  it('walks all pages, and fetches one only when the caller reaches it', async () => {
    const user = stage.user();
    const ids: string[] = [];
    for (let n = 0; n < 101; n++) ids.push(await seed(user, { alias: `a${n}`, person: null }));
    await stage.sandbox.resetCalls();
    expect(await all(accounts.list({ userIds: [user.id] }))).toEqual(ids);
    expect(await user.calls()).toHaveLength(2);
    for await (const account of accounts.list({ userIds: [user.id] })) {
      expect(account.id).toBe(ids[0]);
      break;
    }
    expect(await user.calls()).toHaveLength(3);
  });

  it('takes every filter, each with several values', async () => {
    const [ada, bob] = [stage.user(), stage.user('ac_github')];
    const active = await seed(ada);
    const dead = await seed(ada, { status: 'EXPIRED', alias: 'old' });
    const shared = await seed(ada, { acl: { allow_all_users: true }, alias: 'team' });
    const other = await seed(bob);
    const userIds = [ada.id, bob.id];
    const list = (filter: Parameters<ConnectedAccounts['list']>[0]) =>
      all(accounts.list({ userIds, ...filter }));

    expect(await list({})).toEqual([active, dead, shared, other]);
    expect(await list({ direction: 'desc' })).toEqual([other, shared, dead, active]);
    expect(await list({ statuses: ['EXPIRED', 'REVOKED'] })).toEqual([dead]);
    expect(await list({ toolkitSlugs: ['github'] })).toEqual([other]);
    expect(await list({ toolkitSlugs: ['github', 'gmail'] })).toHaveLength(4);
    expect(await list({ authConfigIds: ['ac_github'] })).toEqual([other]);
    expect(await list({ accountType: 'SHARED' })).toEqual([shared]);
    expect(await list({ accountType: 'PRIVATE' })).toEqual([active, dead, other]);
    expect(await list({ connectedAccountIds: [dead, other] })).toEqual([dead, other]);
    expect(await list({ toolkitSlugs: ['nothing'] })).toEqual([]);
    expect(await all(accounts.listActive({ userIds: [ada.id] }))).toEqual([active, shared]);
  });

  it.each([
    ['userIds', { userIds: [] }],
    ['userIds.0', { userIds: [''] }],
    ['userIds.0', { userIds: ['x,victim'] }],
    ['connectedAccountIds.0', { connectedAccountIds: ['ca_1,ca_2'] }],
    ['statuses.0', { statuses: ['PENDING' as never] }],
  ])('refuses a wrong %s', async (field, filter) => {
    await expect(all(accounts.list(filter))).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field },
    });
  });

  it.each([
    ['repeated', 'stuck', 'ERR_API_UNAVAILABLE', 200],
    ['foreign', 'foreign', 'ERR_INVALID_INPUT', 100],
  ] as const)(
    'fails, instead of a shorter list, at a %s cursor',
    async (_, cursors, code, most) => {
      const userPrefix = `${stage.taskQueue}-${cursors}_`;
      const authConfigs = { ac_gmail: 1 };
      const kinds = [{ share: 1, status: 'ACTIVE' as const }];
      await stage.sandbox.seedAccounts({ count: 300, users: 1, userPrefix, authConfigs, kinds });
      await stage.sandbox.settings({ cursors });
      const seen: string[] = [];
      const walk = async () => {
        for await (const { id } of accounts.list({ userIds: [`${userPrefix}0`] })) {
          seen.push(id);
        }
      };
      await expect(walk()).rejects.toMatchObject({ code });
      expect(seen).toHaveLength(most);
      await stage.sandbox.settings({ cursors: 'exact' });
    },
  );
});

describe('isToolkitConnected', () => {
  it('is true for an ACTIVE account of this user and toolkit, and for no other', async () => {
    const user = stage.user();
    await seed(user, { status: 'EXPIRED', alias: 'old' });
    expect(await accounts.isToolkitConnected({ userId: user.id, toolkit: 'gmail' })).toBe(false);
    await seed(user);
    expect(await accounts.isToolkitConnected({ userId: user.id, toolkit: 'gmail' })).toBe(true);
    expect(await accounts.isToolkitConnected({ userId: user.id, toolkit: 'github' })).toBe(false);
    expect(await accounts.isToolkitConnected({ userId: stage.user().id, toolkit: 'gmail' })).toBe(
      false,
    );
  });

  it('refuses an id that would query more than one user', async () => {
    const asked = accounts.isToolkitConnected({ userId: 'x,victim', toolkit: 'gmail' });
    await expect(asked).rejects.toMatchObject({ details: { field: 'userId' } });
  });
});

describe('ensureActive by toolkit', () => {
  const ask = (user: TestUser, toolkit = 'gmail') =>
    accounts.ensureActive({ userId: user.id, toolkit });

  it('returns the account, ready for use', async () => {
    const user = stage.user();
    const id = await seed(user);
    expect(await ask(user)).toMatchObject({
      usable: true,
      account: { id, userId: user.id, connectionId: user.connectionId },
    });
  });

  it.each([
    ['INITIALIZING', 'connecting'],
    ['INITIATED', 'connecting'],
    ['FAILED', 'failed'],
    ['EXPIRED', 'expired'],
    ['INACTIVE', 'disabled'],
    ['REVOKED', 'revoked'],
  ] as const)('reports a connection that is %s as %s', async (status, reason) => {
    const user = stage.user();
    const id = await seed(user, { status });
    expect(await ask(user)).toMatchObject({
      usable: false,
      status,
      reason,
      connectionId: user.connectionId,
      connectedAccountId: id,
    });
  });

  it('reports when there is none', async () => {
    expect(await ask(stage.user())).toMatchObject({ reason: 'not_connected', status: null });
  });

  it('finds the ACTIVE one among dead ones', async () => {
    const user = stage.user();
    await seed(user, { status: 'EXPIRED', alias: 'one' });
    const id = await seed(user, { alias: 'two' });
    await seed(user, { status: 'FAILED', alias: 'three' });
    expect(await ask(user)).toMatchObject({ usable: true, account: { id } });
  });

  it('names several candidates, unless the caller names one or only one is not being disconnected', async () => {
    const user = stage.user();
    const [one, two] = [await seed(user, { alias: 'one' }), await seed(user, { alias: 'two' })];
    await expect(ask(user)).rejects.toMatchObject({
      code: 'ERR_SEVERAL_ACCOUNTS',
      details: { connectedAccountIds: [one, two] },
    });
    const named = { userId: user.id, connectedAccountId: two };
    expect(await accounts.ensureActive(named)).toMatchObject({ usable: true });
    const held = await hold(one, 'revokeThenDelete');
    expect(await ask(user)).toMatchObject({ usable: true, account: { id: two } });
    await held.letGo();
  });

  it('does not take an account that another one has replaced', async () => {
    const user = stage.user();
    await seed(user, { alias: 'mooring-replaced-x' });
    expect(await ask(user)).toMatchObject({ reason: 'not_connected' });
  });

  it('never returns another user’s account, shared or not', async () => {
    const [user, other] = [stage.user(), stage.user()];
    await seed(other, { acl: { allow_all_users: true } });
    expect(await ask(user)).toMatchObject({ reason: 'not_connected' });
  });
});

describe('ensureActive, whatever the API says', () => {
  it.each(['lapsed', 'cooling_off', 'offboarding', 'blocked'])(
    'refuses the account of a user who is %s, until that changes',
    async (phase) => {
      const user = stage.user();
      const id = await seed(user);
      const gate = await stage.closeGate(user.id, phase);
      const target = { userId: user.id, toolkit: 'gmail' };
      const answer = { usable: false, status: 'ACTIVE', reason: phase, connectedAccountId: id };
      expect(await accounts.ensureActive(target)).toMatchObject(answer);
      await gate.open();
      expect(await accounts.ensureActive(target)).toMatchObject({ usable: true });
    },
  );

  it.each(['grace', 'held'])('lets a user who is in %s use it', async (phase) => {
    const user = stage.user();
    await seed(user);
    const gate = await stage.closeGate(user.id, phase);
    const target = { userId: user.id, toolkit: 'gmail' };
    expect(await accounts.ensureActive(target)).toMatchObject({ usable: true });
    await gate.open();
  });

  it('reports a blocked user as blocked, even without an account', async () => {
    const user = stage.user();
    const gate = await stage.closeGate(user.id, 'blocked');
    const target = { userId: user.id, toolkit: 'gmail' };
    expect(await accounts.ensureActive(target)).toMatchObject({ reason: 'blocked', status: null });
    await gate.open();
  });

  it.each([
    ['revokeThenDelete', false],
    ['somethingNew', false],
    ['refreshConnection', true],
    ['accountCommand', true],
  ])('ignores an open %s: %s', async (workflowType, usable) => {
    const user = stage.user();
    const id = await seed(user);
    const held = await hold(id, workflowType);
    const answer = await accounts.ensureActive({ userId: user.id, connectedAccountId: id });
    expect(answer).toMatchObject(usable ? { usable } : { usable, reason: 'disconnecting' });
    await held.letGo();
  });

  it.each([undefined, 'work'])(
    'waits until the attempt has confirmed who connected (alias: %s)',
    async (alias) => {
      const user = stage.user();
      const input = { confirm: 'required' as const, ...(alias !== undefined && { alias }) };
      const { redirectUrl, connectionId, connectedAccountId } = await user.connect(input);
      const home = await user.comeBack(await user.person.approve(redirectUrl));
      const code = home?.searchParams.get('mooring_code') ?? '';
      const target = { userId: user.id, connectedAccountId };
      expect(await accounts.ensureActive(target)).toMatchObject({
        usable: false,
        status: 'ACTIVE',
        reason: 'connecting',
      });
      await stage.mooring.connections.get(connectionId).confirm({ code, userId: user.id });
      expect(await accounts.ensureActive(target)).toMatchObject({
        usable: true,
        account: { connectionId },
      });
    },
  );

  it('fails, and does not allow, when Temporal is down', async () => {
    const user = stage.user();
    await seed(user);
    const mooring = await MooringClient.connect({ environment: stage.env });
    const cut = await ConnectedAccounts.connect({ environment: stage.env, mooring });
    await mooring.close();
    const asked = cut.ensureActive({ userId: user.id, toolkit: 'gmail' });
    await expect(asked).rejects.toMatchObject({ code: 'ERR_TEMPORAL_UNAVAILABLE' });
  });
});

describe('ensureActive by account', () => {
  it.each([
    ['owner', {}, true],
    ['owner', { not_allowed_user_ids: ['owner'] }, true],
    ['guest', {}, false],
    ['guest', { allow_all_users: true }, true],
    ['guest', { allowed_user_ids: ['guest'] }, true],
    ['guest', { allow_all_users: true, not_allowed_user_ids: ['guest'] }, false],
  ] as const)('lets the %s use a SHARED account with %j: %s', async (who, lists, usable) => {
    const users = { owner: stage.user(), guest: stage.user() };
    const acl = Object.fromEntries(
      Object.entries(lists).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map((role: 'owner' | 'guest') => users[role].id) : value,
      ]),
    );
    const connectedAccountId = await seed(users.owner, { accountType: 'SHARED', acl });
    const answer = await accounts.ensureActive({ userId: users[who].id, connectedAccountId });
    expect(answer).toMatchObject(usable ? { usable } : { usable, reason: 'not_shared' });
  });

  it('refuses a shared account whose owner has lapsed', async () => {
    const [owner, guest] = [stage.user(), stage.user()];
    const connectedAccountId = await seed(owner, { acl: { allow_all_users: true } });
    const gate = await stage.closeGate(owner.id, 'lapsed');
    const answer = await accounts.ensureActive({ userId: guest.id, connectedAccountId });
    expect(answer).toMatchObject({ usable: false, reason: 'lapsed' });
    await gate.open();
  });

  it('reports another user’s account like one that does not exist', async () => {
    const [user, other] = [stage.user(), stage.user()];
    const gone = await seed(user);
    await stage.sandbox.remove(gone);
    const refused = { code: 'ERR_ACCOUNT_NOT_FOUND', details: { field: 'connectedAccountId' } };
    for (const connectedAccountId of [await seed(other), gone, 'ca_never_there']) {
      const asked = accounts.ensureActive({ userId: user.id, connectedAccountId });
      await expect(asked).rejects.toMatchObject(refused);
    }
  });

  it.each([
    ['userId', { userId: 'default', toolkit: 'gmail' }],
    ['toolkit', { userId: 'ada', toolkit: 'gmail,slack' }],
    ['connectedAccountId', { userId: 'ada', connectedAccountId: '../x' }],
  ])('refuses a wrong %s before it makes any call', async (field, target) => {
    await stage.sandbox.resetCalls();
    const asked = accounts.ensureActive(target);
    await expect(asked).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT', details: { field } });
    expect(await stage.sandbox.callLog()).toEqual([]);
  });
});
