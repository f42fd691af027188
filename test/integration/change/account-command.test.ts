import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountStatus } from '../../../sandbox/account.ts';
import { accountWorkflowId } from '../../../src/domain/ids.ts';
import { secret } from '../../support/an-event.ts';
import { mooring } from '../../support/cli.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { lostTries } from '../../faults/judge.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

let stage: TestStage;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const app = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  stage = await openStage({ environment: { MOORING_EVENT_ENDPOINTS: JSON.stringify([app]) } });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});

const statusRoute = 'PATCH /connected_accounts/:id/status';
const patchRoute = 'PATCH /connected_accounts/:id';

/** An account that this user has had for a long time, in the form that every call takes. */
async function owned(
  user: TestUser,
  status: AccountStatus = 'ACTIVE',
  more: { alias?: string } = {},
) {
  const { id: userId, authConfigId } = user;
  const row = { userId, authConfigId, status, person: 'ada', ...more };
  return { userId, connectedAccountId: (await stage.sandbox.seedAccount(row)).id };
}

async function rowOf({ connectedAccountId }: { connectedAccountId: string }) {
  const rows = await stage.sandbox.accounts({});
  return rows.find((row) => row.id === connectedAccountId);
}

async function writes(user: TestUser): Promise<string[]> {
  return (await user.calls()).filter((route) => route.startsWith('PATCH'));
}

/** The types of the events about this account. */
function told({ connectedAccountId }: { connectedAccountId: string }): string[] {
  return receiver.received
    .map(({ body }) => JSON.parse(body) as { type: string; connectedAccountId: string })
    .filter((event) => event.connectedAccountId === connectedAccountId)
    .map((event) => event.type);
}

describe('disable and enable', () => {
  it('are no attempt to wait for when the newest run of an account is asked', async () => {
    const account = await owned(stage.user());
    await stage.mooring.accounts.disable(account);
    const newest = stage.mooring.accounts.getRefresh(account.connectedAccountId);
    await expect(newest.describe()).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
    await expect(newest.result()).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
  });

  it('pause an account and enable it again, and notify the backend of both', async () => {
    const user = stage.user();
    const account = await owned(user);
    const { connectionId } = user;
    const { connectedAccountId } = account;
    const disabled = await stage.mooring.accounts.disable(account);
    expect(disabled).toEqual({ connectionId, connectedAccountId, status: 'INACTIVE' });
    expect((await rowOf(account))?.status).toBe('INACTIVE');
    expect(await stage.mooring.accounts.enable(account)).toMatchObject({ status: 'ACTIVE' });
    expect((await rowOf(account))?.status).toBe('ACTIVE');
    const both = ['connection.disabled', 'connection.enabled'];
    await expect.poll(() => told(account), { timeout: 10_000 }).toEqual(both);
  });

  it('write nothing and notify nobody when the account is in that state already', async () => {
    const user = stage.user();
    const account = await owned(user, 'INACTIVE');
    expect(await stage.mooring.accounts.disable(account)).toMatchObject({ status: 'INACTIVE' });
    expect(await writes(user)).toEqual([]);
    expect(told(account)).toEqual([]);
  });

  it('survive a lost answer after the change: one write, one event', async () => {
    const user = stage.user();
    const account = await owned(user);
    await stage.sandbox.fault({
      route: statusRoute,
      userId: user.id,
      fault: { kind: 'applyThenDrop' },
    });
    expect(await stage.mooring.accounts.disable(account)).toMatchObject({ status: 'INACTIVE' });
    expect(await writes(user)).toEqual([statusRoute]);
    await expect.poll(() => told(account), { timeout: 10_000 }).toEqual(['connection.disabled']);
  });

  it('retry while the account is leased', async () => {
    const user = stage.user();
    const account = await owned(user);
    const message = 'The connection is leased by another operation, retry the request';
    await stage.sandbox.fault({
      route: statusRoute,
      userId: user.id,
      times: 2,
      fault: { kind: 'status', status: 409, message },
    });
    expect(await stage.mooring.accounts.disable(account)).toMatchObject({ status: 'INACTIVE' });
  });

  it.each(['EXPIRED', 'INITIATED', 'REVOKED'] as const)(
    'of an account that is %s are refused at once, for good, with its status',
    async (status) => {
      const user = stage.user();
      const account = await owned(user, status);
      const refused = stage.mooring.accounts.enable(account);
      await expect(refused).rejects.toMatchObject({ code: 'ERR_ACCOUNT_UNUSABLE' });
      await expect(refused).rejects.toThrow(status);
      expect((await rowOf(account))?.status).toBe(status);
      expect(await writes(user)).toEqual([statusRoute]);
    },
  );

  it('enable nothing for a user whose gate is closed', async () => {
    const user = stage.user();
    const account = await owned(user, 'INACTIVE');
    const gate = await stage.closeGate(user.id, 'lapsed');
    const refused = stage.mooring.accounts.enable(account);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_USER_BLOCKED' });
    await gate.open();
    expect(await stage.mooring.accounts.enable(account)).toMatchObject({ status: 'ACTIVE' });
  });
});

describe('an account', () => {
  it('of another user is not found, and not touched', async () => {
    const account = await owned(stage.user());
    const eve = { ...account, userId: stage.user().id };
    for (const call of [
      () => stage.mooring.accounts.disable(eve),
      () => stage.mooring.accounts.updateAlias({ ...eve, alias: 'x' }),
      () => stage.mooring.accounts.updateSharing({ ...eve, sharing: { allowAllUsers: true } }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'ERR_ACCOUNT_NOT_FOUND' });
    }
    expect(await rowOf(account)).toMatchObject({ status: 'ACTIVE', alias: null });
  });

  it('that does not exist is not found', async () => {
    const call = stage.mooring.accounts.disable({
      userId: 'ada',
      connectedAccountId: 'ca_never_there',
    });
    await expect(call).rejects.toMatchObject({ code: 'ERR_ACCOUNT_NOT_FOUND' });
  });

  it.each([
    ['userId', { userId: 'ada,eve', connectedAccountId: 'ca_1' }],
    ['connectedAccountId', { userId: 'ada', connectedAccountId: 'ca_1/../ca_2' }],
    ['requestId', { userId: 'ada', connectedAccountId: 'ca_1', requestId: '' }],
    ['reason', { userId: 'ada', connectedAccountId: 'ca_1', reason: 'x' }],
  ])('with a bad %s is refused before anything is started', async (field, input) => {
    const refused = stage.mooring.accounts.disable(input);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT', details: { field } });
  });
});

describe('updateAlias', () => {
  it('sets an alias, returns the connection that the account then belongs to, and removes the alias', async () => {
    const user = stage.user();
    const account = await owned(user);
    const named = await stage.mooring.accounts.updateAlias({ ...account, alias: 'at work' });
    expect(named.connectionId).toBe(`${user.connectionId}/at%20work`);
    expect((await rowOf(account))?.alias).toBe('at work');
    const cleared = await stage.mooring.accounts.updateAlias({ ...account, alias: '' });
    expect(cleared.connectionId).toBe(user.connectionId);
    expect((await rowOf(account))?.alias).toBeNull();
  });

  it('refuses an alias that another account has, and changes nothing', async () => {
    const user = stage.user();
    await owned(user, 'ACTIVE', { alias: 'work' });
    const account = await owned(user);
    const refused = stage.mooring.accounts.updateAlias({ ...account, alias: 'work' });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ALIAS_IN_USE' });
    expect((await rowOf(account))?.alias).toBeNull();
  });
});

describe('updateCredentials', () => {
  it('changes credentials that travel sealed', async () => {
    const user = stage.user('ac_apikey');
    const account = await owned(user);
    const val = { generic_api_key: 'fresh-key-of-ada' };
    const credentials = { authScheme: 'API_KEY' as const, val };
    const changed = await stage.mooring.accounts.updateCredentials({ ...account, credentials });
    expect(changed).toMatchObject({ status: 'ACTIVE' });
    expect(await writes(user)).toEqual([patchRoute]);
    const run = stage.temporal.workflow.getHandle(accountWorkflowId(account.connectedAccountId));
    const { events } = await run.fetchHistory();
    expect(JSON.stringify(events)).not.toContain('fresh-key-of-ada');
  });

  it('of an OAuth account is refused with the field, and changes nothing', async () => {
    const user = stage.user();
    const account = await owned(user);
    const oauth = { authScheme: 'OAUTH2', val: { access_token: 'x' } } as never;
    await expect(
      stage.mooring.accounts.updateCredentials({ ...account, credentials: oauth }),
    ).rejects.toMatchObject({ details: { field: 'credentials.authScheme' } });
    const key = { authScheme: 'API_KEY' as const, val: { api_key: 'x-key-of-ada' } };
    await expect(
      stage.mooring.accounts.updateCredentials({ ...account, credentials: key }),
    ).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT', details: { field: 'credentials' } });
  });
});

describe('updateSharing', () => {
  it('changes the given lists, keeps the others, and clears a list that is given empty', async () => {
    const user = stage.user();
    const sharing = { allowedUserIds: ['bob'], notAllowedUserIds: ['eve'] };
    const { redirectUrl, connectedAccountId } = await user.connect({ sharing });
    await user.comeBack(await user.person.approve(redirectUrl));
    await stage.mooring.connections.get(user.connectionId).result({ timeoutMs: 20_000 });
    const account = { userId: user.id, connectedAccountId };
    await stage.mooring.accounts.updateSharing({
      ...account,
      sharing: { allowedUserIds: ['carol'] },
    });
    const acl = async () => (await rowOf(account))?.acl;
    expect(await acl()).toMatchObject({
      allowed_user_ids: ['carol'],
      not_allowed_user_ids: ['eve'],
    });
    await stage.mooring.accounts.updateSharing({ ...account, sharing: { notAllowedUserIds: [] } });
    expect(await acl()).toMatchObject({ allowed_user_ids: ['carol'], not_allowed_user_ids: [] });
  });

  it('of a PRIVATE account is refused with the field', async () => {
    const account = await owned(stage.user());
    const refused = stage.mooring.accounts.updateSharing({
      ...account,
      sharing: { allowAllUsers: true },
    });
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field: 'sharing' },
    });
  });
});

describe('a repeat', () => {
  it('with the same request joins, however often, and returns the same afterwards', async () => {
    const user = stage.user();
    const account = { ...(await owned(user)), requestId: 'r-1' };
    const calls = Array.from({ length: 20 }, () => stage.mooring.accounts.disable(account));
    const answers = new Set((await Promise.all(calls)).map((answer) => JSON.stringify(answer)));
    expect(answers.size).toBe(1);
    expect(JSON.stringify(await stage.mooring.accounts.disable(account))).toBe([...answers][0]);
    expect(await writes(user)).toEqual([statusRoute]);
    // One before the write and one after it, and again for each try that a busy machine lost.
    const lost = await lostTries(stage, accountWorkflowId(account.connectedAccountId));
    const reads = (await user.calls()).filter((route) => route.startsWith('GET'));
    expect(reads.length).toBeGreaterThanOrEqual(2);
    expect(reads.length).toBeLessThanOrEqual(2 + 2 * lost);
  });

  it('after another command on the account runs again', async () => {
    const account = await owned(stage.user());
    await stage.mooring.accounts.disable({ ...account, requestId: 'r-1' });
    await stage.mooring.accounts.enable({ ...account, requestId: 'r-2' });
    await stage.mooring.accounts.disable({ ...account, requestId: 'r-1' });
    expect((await rowOf(account))?.status).toBe('INACTIVE');
  });

  it('of a refused command runs again', async () => {
    const user = stage.user();
    const holder = await owned(user, 'ACTIVE', { alias: 'work' });
    const input = { ...(await owned(user)), alias: 'work', requestId: 'r-1' };
    await expect(stage.mooring.accounts.updateAlias(input)).rejects.toMatchObject({
      code: 'ERR_ALIAS_IN_USE',
    });
    await stage.mooring.accounts.updateAlias({ ...holder, alias: '' });
    expect(await stage.mooring.accounts.updateAlias(input)).toMatchObject({ status: 'ACTIVE' });
  });
});

describe('an account that another run holds', () => {
  const hold = async ({ connectedAccountId }: { connectedAccountId: string }) =>
    stage.temporal.workflow.start('revokeThenDelete', {
      // No worker takes this run; it only has to be open.
      taskQueue: `${stage.taskQueue}-nobody`,
      workflowId: accountWorkflowId(connectedAccountId),
    });

  it('is waited for', async () => {
    const account = await owned(stage.user());
    const holder = await hold(account);
    const disabled = stage.mooring.accounts.disable(account);
    setTimeout(() => void holder.terminate(), 1_500);
    expect(await disabled).toMatchObject({ status: 'INACTIVE' });
  });

  it('by commands of other callers is changed by each in turn', async () => {
    const user = stage.user();
    const account = await owned(user);
    const aliases = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all(
      aliases.map((alias) => stage.mooring.accounts.updateAlias({ ...account, alias })),
    );
    const named = answers.map(({ connectionId }) => connectionId);
    expect(named).toEqual(aliases.map((alias) => `${user.connectionId}/${alias}`));
    expect(await writes(user)).toHaveLength(4);
  });
});

describe('without a worker', () => {
  it('a call fails after ten seconds, and a repeat returns the result', async () => {
    const user = stage.user();
    const account = { ...(await owned(user)), requestId: 'r-1' };
    await stage.stopWorker();
    const began = Date.now();
    await expect(stage.mooring.accounts.disable(account)).rejects.toMatchObject({
      code: 'ERR_NO_WORKER',
    });
    expect(Date.now() - began).toBeLessThan(25_000);
    await stage.startWorker();
    expect(await stage.mooring.accounts.disable(account)).toMatchObject({ status: 'INACTIVE' });
    expect(await writes(user)).toEqual([statusRoute]);
  });
});

describe('mooring account', () => {
  const run = (...args: string[]) => mooring(['account', ...args], stage.env).end();

  it('disables, enables, names and unnames an account, and prints what it read back', async () => {
    const user = stage.user();
    const account = await owned(user);
    const of = [account.connectedAccountId, '--user', user.id];
    const disabled = await run('disable', ...of);
    expect(disabled).toMatchObject({ code: 0, stderr: '' });
    expect(disabled.stdout.trim().split(/\s{2,}|\n/)).toEqual([
      'connection',
      user.connectionId,
      'account',
      account.connectedAccountId,
      'status',
      'INACTIVE',
    ]);
    expect(await rowOf(account)).toMatchObject({ status: 'INACTIVE' });
    const enabled = await run('enable', ...of, '--json');
    expect(enabled).toMatchObject({ code: 0 });
    expect(JSON.parse(enabled.stdout)).toEqual({
      connectionId: user.connectionId,
      connectedAccountId: account.connectedAccountId,
      status: 'ACTIVE',
    });
    expect(await rowOf(account)).toMatchObject({ status: 'ACTIVE' });

    const named = await run('alias', ...of.slice(0, 1), 'work', ...of.slice(1), '--json');
    expect(JSON.parse(named.stdout)).toMatchObject({ connectionId: `${user.connectionId}/work` });
    expect((await rowOf(account))?.alias).toBe('work');
    expect(await run('alias', ...of.slice(0, 1), '', ...of.slice(1))).toMatchObject({ code: 0 });
    expect((await rowOf(account))?.alias).toBeNull();
  }, 180_000);

  it('exits 1 when the API or Mooring refuses, 2 on wrong usage, and changes nothing', async () => {
    const user = stage.user();
    await owned(user, 'ACTIVE', { alias: 'work' });
    const account = await owned(user, 'EXPIRED');
    const { connectedAccountId: id } = account;
    const unusable = await run('enable', id, '--user', user.id);
    expect(unusable).toMatchObject({ code: 1, stdout: '' });
    expect(unusable.stderr).toContain('error ERR_ACCOUNT_UNUSABLE');
    const inUse = await run('alias', id, 'work', '--user', user.id);
    expect(inUse).toMatchObject({ code: 1, stderr: expect.stringContaining('ERR_ALIAS_IN_USE') });
    const others = await run('disable', id, '--user', stage.user().id);
    expect(others.stderr).toContain('error ERR_ACCOUNT_NOT_FOUND');
    expect(await run('disable', id, '--user', 'x,victim')).toMatchObject({ code: 2 });
    expect(await rowOf(account)).toMatchObject({ status: 'EXPIRED', alias: null });
  }, 180_000);
});

it('an account that a run holds for long is busy', async () => {
  const account = await owned(stage.user());
  const { connectedAccountId } = account;
  const workflowId = accountWorkflowId(connectedAccountId);
  // The API fails, so this disconnect keeps running.
  await stage.sandbox.fault({
    route: 'GET /connected_accounts/:id',
    userId: account.userId,
    times: 99,
    fault: { kind: 'html502' },
  });
  const holder = await stage.temporal.workflow.start('revokeThenDelete', {
    taskQueue: stage.taskQueue,
    workflowId,
    args: [{ ...account, reason: 'disconnect' }],
  });
  await expect(stage.mooring.accounts.disable(account)).rejects.toMatchObject({
    code: 'ERR_ACCOUNT_BUSY',
    details: { connectedAccountId },
  });
  await holder.terminate();
});
