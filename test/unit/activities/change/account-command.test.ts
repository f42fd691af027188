import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../src/composio/errors.ts';
import { sealedChange } from '../../../../src/crypto/sealed-credentials.ts';
import type { OwnedSnapshot } from '../../../../src/domain/account.ts';
import type { AccountCommand } from '../../../../src/domain/change/account-command.ts';
import { generateKey, parseKeyRing } from '../../../../src/crypto/key-ring.ts';
import { FakeApi, row, stageFor } from '../support.ts';

const workflowId = 'account/ca_1';
const owner = { userId: 'ada', connectedAccountId: 'ca_1' };
const disable: AccountCommand = { ...owner, command: 'disable' };
const enable: AccountCommand = { ...owner, command: 'enable' };
const name = (alias: string): AccountCommand => ({ ...owner, command: 'updateAlias', alias });
const lease = new ApiError('http', 'leased', { status: 409, fault: 'leased' });

function setUp(
  account: Partial<OwnedSnapshot> = {},
  options: NonNullable<Parameters<typeof stageFor>[1]> = {},
) {
  const api = new FakeApi();
  api.rows = [row({ status: 'ACTIVE', ...account })];
  const { environment, activities, signals } = stageFor(api, { workflowId, ...options });
  const change = (command: unknown) => environment.run(activities.changeAccount, command);
  return { api, environment, change, signals };
}

describe('a command', () => {
  it('reads, writes and reads back', async () => {
    const { api, change } = setUp();
    expect(await change(disable)).toMatchObject({ changed: true, account: { status: 'INACTIVE' } });
    expect(api.asked).toEqual(['get ca_1', 'disable ca_1', 'get ca_1']);
  });

  it.each([
    ['disable', { status: 'INACTIVE' }, disable],
    ['enable', {}, enable],
    ['alias', { alias: 'work' }, name('work')],
    ['no alias', {}, name('')],
    ['no alias, where there is only a marker of ours', { alias: 'mooring-x-1' }, name('')],
    [
      'sharing, in another order',
      { accountType: 'SHARED', sharing: { allowedUserIds: ['a', 'b'], allowAllUsers: false } },
      { ...owner, command: 'updateSharing', sharing: { allowedUserIds: ['b', 'a'] } },
    ],
    [
      'sharing with nobody, where the API leaves an empty list out',
      { accountType: 'SHARED', sharing: {} },
      { ...owner, command: 'updateSharing', sharing: { allowedUserIds: [] } },
    ],
  ] as const)('writes nothing when it is so already: %s', async (_, account, command) => {
    const { api, change } = setUp(account as Partial<OwnedSnapshot>);
    expect(await change(command)).toMatchObject({ changed: false });
    expect(api.asked).toEqual(['get ca_1']);
  });

  it('whose answer was lost is settled by the next try’s read, and counts as a change', async () => {
    const { api, change } = setUp({ status: 'INACTIVE' }, { attempt: 2 });
    expect(await change(disable)).toMatchObject({ changed: true });
    expect(api.asked).toEqual(['get ca_1']);
  });

  it.each([
    ['of another user', [row({ userId: 'eve', status: 'ACTIVE' })]],
    ['that is not there', []],
  ])('on an account %s finds none, and writes nothing', async (_, rows) => {
    const { api, change } = setUp();
    api.rows = rows;
    await expect(change(disable)).rejects.toMatchObject({ type: 'ERR_ACCOUNT_NOT_FOUND' });
    expect(api.asked).toEqual(['get ca_1']);
  });

  it('does not return an account that belongs to another user after the write', async () => {
    class MovedApi extends FakeApi {
      override async setEnabled(id: string, enabled: boolean) {
        const answer = await super.setEnabled(id, enabled);
        this.rows = this.rows.map((account) => ({ ...account, userId: 'eve' }));
        return answer;
      }
    }
    const api = new MovedApi();
    api.rows = [row({ status: 'ACTIVE' })];
    const { environment, activities } = stageFor(api, { workflowId });
    await expect(environment.run(activities.changeAccount, disable)).rejects.toMatchObject({
      type: 'ERR_ACCOUNT_NOT_FOUND',
    });
  });

  it('that finds the row gone at the write says so', async () => {
    const { api, change } = setUp();
    api.failing.set('disable', new ApiError('http', 'gone', { status: 404, slug: 'X' }));
    await expect(change(disable)).rejects.toMatchObject({ type: 'ERR_ACCOUNT_NOT_FOUND' });
  });

  it('under another workflow id is refused before anything is read', async () => {
    const { api, change } = setUp({}, { workflowId: 'account/ca_2' });
    await expect(change(disable)).rejects.toMatchObject({ type: 'ERR_INVALID_INPUT' });
    expect(api.asked).toEqual([]);
  });

  it.each([
    ['an unknown command', { ...owner, command: 'delete' }],
    ['a user id with a comma', { ...disable, userId: 'ada,eve' }],
    ['an account id with a path', { ...disable, connectedAccountId: '../x' }],
    ['a field that is none', { ...disable, force: true }],
    ['an alias like ours', name('mooring-x')],
    ['sharing that names nothing', { ...owner, command: 'updateSharing', sharing: {} }],
    [
      'open credentials',
      {
        ...owner,
        command: 'updateCredentials',
        authScheme: 'API_KEY',
        credentials: { api_key: 'k' },
      },
    ],
    [
      'the credentials of an OAuth account',
      {
        ...owner,
        command: 'updateCredentials',
        authScheme: 'OAUTH2',
        credentials: { sealed: 'k1.YQ' },
      },
    ],
  ])('with %s is refused, whoever sent it', async (_, command) => {
    const { api, change } = setUp();
    await expect(change(command)).rejects.toMatchObject({
      type: 'ERR_INVALID_INPUT',
      nonRetryable: true,
    });
    expect(api.asked).toEqual([]);
  });
});

describe('a 409', () => {
  it('for a lease is tried again, and says that the account is busy when that does not help', async () => {
    const first = setUp();
    first.api.failing.set('disable', lease);
    await expect(first.change(disable)).rejects.toMatchObject({ nonRetryable: false });
    const last = setUp({}, { attempt: 5 });
    last.api.failing.set('disable', lease);
    await expect(last.change(disable)).rejects.toMatchObject({
      type: 'ERR_ACCOUNT_BUSY',
      nonRetryable: true,
    });
  });

  it('for a transition is final, and tells the status', async () => {
    const { api, change } = setUp({ status: 'EXPIRED' });
    const fault = { status: 409, fault: 'invalid_transition' } as const;
    api.failing.set('enable', new ApiError('http', 'no way', fault));
    await expect(change(enable)).rejects.toMatchObject({
      type: 'ERR_ACCOUNT_UNUSABLE',
      nonRetryable: true,
      message: 'ca_1 is EXPIRED: no way',
    });
  });
});

describe('a change that is answered and not read', () => {
  class DeafApi extends FakeApi {
    override async setEnabled() {
      return { requestId: '' };
    }
  }

  it.each([
    [1, { type: 'NOT_YET', nonRetryable: false }],
    [5, { type: 'ERR_ACCOUNT_UNUSABLE', nonRetryable: true }],
  ])('at try %i ends as %j', async (attempt, failure) => {
    const api = new DeafApi();
    api.rows = [row({ status: 'ACTIVE' })];
    const { environment, activities } = stageFor(api, { workflowId, attempt });
    await expect(environment.run(activities.changeAccount, disable)).rejects.toMatchObject(failure);
  });
});

describe('an alias', () => {
  it('in use is told by its code', async () => {
    const { api, change } = setUp();
    api.rows.push(row({ id: 'ca_2', alias: 'work' }));
    await expect(change(name('work'))).rejects.toMatchObject({ type: 'ERR_ALIAS_IN_USE' });
  });

  it.each([
    ['was replaced', { alias: 'mooring-replaced-ca_1', status: 'INACTIVE' }],
    ['still waits for its user', { alias: 'mooring-000000000000-1', status: 'INITIATED' }],
  ] as const)('is not given to an account that %s', async (_, account) => {
    const { api, change } = setUp(account);
    await expect(change(name('work'))).rejects.toMatchObject({ type: 'ERR_ACCOUNT_UNUSABLE' });
    expect(api.asked).toEqual(['get ca_1']);
  });

  it('is given to one that is ACTIVE and could not be named then', async () => {
    const { change } = setUp({ alias: 'mooring-000000000000-1' });
    expect(await change(name('work'))).toMatchObject({ account: { alias: 'work' } });
  });
});

describe('new credentials', () => {
  const ring = parseKeyRing(generateKey());
  const val = { generic_api_key: 'fresh', generic_id: null };
  const credentials = { authScheme: 'API_KEY' as const, val };
  const sealed = sealedChange({ ...owner, credentials }, ring);

  it('are opened only for the call that posts them', async () => {
    const { api, change } = setUp({ status: 'EXPIRED' }, { credentialKeys: ring });
    expect(await change(sealed)).toMatchObject({ changed: true, account: { status: 'EXPIRED' } });
    expect(api.given).toEqual([credentials]);
    expect(JSON.stringify(sealed)).not.toContain('fresh');
  });

  it('that were sealed for another account open nowhere else', async () => {
    const { api, change } = setUp(
      { id: 'ca_2' },
      { credentialKeys: ring, workflowId: 'account/ca_2' },
    );
    await expect(change({ ...sealed, connectedAccountId: 'ca_2' })).rejects.toMatchObject({
      type: 'ERR_INVALID_INPUT',
      details: [{ field: 'credentials', tries: 1 }],
    });
    expect(api.given).toEqual([]);
  });

  it('of another scheme than the account’s are refused with their field', async () => {
    const { api, change } = setUp({}, { credentialKeys: ring });
    api.failing.set('credentials', new ApiError('http', 'not its scheme', { status: 400 }));
    await expect(change(sealed)).rejects.toMatchObject({
      type: 'ERR_INVALID_INPUT',
      details: [{ field: 'credentials', tries: 1 }],
    });
  });
});

describe('sharing', () => {
  const command: AccountCommand = {
    ...owner,
    command: 'updateSharing',
    sharing: { notAllowedUserIds: [] },
  };

  it('changes what is given and leaves the rest', async () => {
    const sharing = { allowAllUsers: true, notAllowedUserIds: ['eve'] };
    const { api, change } = setUp({ accountType: 'SHARED', sharing });
    await change(command);
    expect(api.rows[0]?.sharing).toEqual({ allowAllUsers: true, notAllowedUserIds: [] });
  });

  it('of a PRIVATE account is refused with its field', async () => {
    const { change } = setUp();
    await expect(change(command)).rejects.toMatchObject({
      type: 'ERR_INVALID_INPUT',
      details: [{ field: 'sharing', tries: 1 }],
    });
  });
});

describe('a user whose gate is closed', () => {
  it('gets nothing enabled', async () => {
    const { api, change } = setUp({ status: 'INACTIVE' }, { gate: ['lapsed'] });
    await expect(change(enable)).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.rows[0]?.status).toBe('INACTIVE');
  });

  it('gets disabled again what was enabled as it closed', async () => {
    const { api, change } = setUp({ status: 'INACTIVE' }, { gate: [null, 'lapsed'] });
    await expect(change(enable)).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.asked).toContain('enable ca_1');
    expect(api.rows[0]?.status).toBe('INACTIVE');
  });

  it('gets disabled again what a lost try has enabled', async () => {
    const { api, change } = setUp({ status: 'ACTIVE' }, { gate: ['lapsed'], attempt: 2 });
    await expect(change(enable)).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.rows[0]?.status).toBe('INACTIVE');
  });

  it('keeps what was ACTIVE before this command: his pause gives it back', async () => {
    const told = { heartbeatDetails: { mayBeOurs: false, keptBy: 1 } };
    const { api, change } = setUp({}, { gate: ['lapsed'], attempt: 2, ...told });
    await expect(change(enable)).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.rows[0]?.status).toBe('ACTIVE');
  });

  it.each([
    ['after it had sent a heartbeat', { mayBeOurs: false, keptBy: null }, 2],
    ['before it had sent one', { mayBeOurs: false, keptBy: 1 }, 3],
  ])('gets disabled again what a try may have enabled that was cut off %s', async (...of) => {
    const [, heartbeatDetails, attempt] = of;
    const { api, change } = setUp({}, { gate: ['lapsed'], attempt, heartbeatDetails });
    await expect(change(enable)).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.rows[0]?.status).toBe('INACTIVE');
  });

  it.each([
    ['was refused', lease, false],
    ['may have been made', new ApiError('timeout', 'late'), true],
  ])('has the next try know that an enable %s', async (_, error, mayBeOurs) => {
    const { api, environment, change } = setUp({ status: 'INACTIVE' });
    const beats: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => beats.push(details));
    api.failing.set('enable', error);
    await expect(change(enable)).rejects.toThrow(error.message);
    expect(beats).toEqual([{ mayBeOurs, keptBy: 1 }]);
  });

  it('gets disabled what is to be, and a name for what he has', async () => {
    const { change } = setUp({}, { gate: ['blocked'] });
    expect(await change(name('work'))).toMatchObject({ account: { alias: 'work' } });
    expect(await change(disable)).toMatchObject({ account: { status: 'INACTIVE' } });
  });

  it.each(['ACTIVE', 'INACTIVE'] as const)(
    'is not given back what is disabled meanwhile, and was %s',
    async (status) => {
      const { change, signals } = setUp({ status });
      await change(disable);
      expect(signals).toEqual([['user/ada', 'disown', 'ca_1']]);
    },
  );
});
