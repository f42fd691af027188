import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../src/composio/errors.ts';
import { sealChange } from '../../../../src/crypto/sealed-credentials.ts';
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
    ['no alias, if the account has only a marker of Mooring', { alias: 'mooring-x-1' }, name('')],
    [
      'sharing, in another order',
      { accountType: 'SHARED', sharing: { allowedUserIds: ['a', 'b'], allowAllUsers: false } },
      { ...owner, command: 'updateSharing', sharing: { allowedUserIds: ['b', 'a'] } },
    ],
    [
      'sharing with nobody, if the API leaves out an empty list',
      { accountType: 'SHARED', sharing: {} },
      { ...owner, command: 'updateSharing', sharing: { allowedUserIds: [] } },
    ],
  ] as const)('writes nothing if the account is so already: %s', async (_, account, command) => {
    const { api, change } = setUp(account as Partial<OwnedSnapshot>);
    expect(await change(command)).toMatchObject({ changed: false });
    expect(api.asked).toEqual(['get ca_1']);
  });

  it('settles a lost answer with the read of the next try, and counts as a change', async () => {
    const { api, change } = setUp({ status: 'INACTIVE' }, { attempt: 2 });
    expect(await change(disable)).toMatchObject({ changed: true });
    expect(api.asked).toEqual(['get ca_1']);
  });

  it.each([
    ['of another user', [row({ userId: 'eve', status: 'ACTIVE' })]],
    ['that does not exist', []],
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

  it('reports that the account is gone if it disappears before the write', async () => {
    const { api, change } = setUp();
    api.failing.set('disable', new ApiError('http', 'gone', { status: 404, slug: 'X' }));
    await expect(change(disable)).rejects.toMatchObject({ type: 'ERR_ACCOUNT_NOT_FOUND' });
  });

  it('under another workflow id is refused before any read', async () => {
    const { api, change } = setUp({}, { workflowId: 'account/ca_2' });
    await expect(change(disable)).rejects.toMatchObject({ type: 'ERR_INVALID_INPUT' });
    expect(api.asked).toEqual([]);
  });

  it.each([
    ['an unknown command', { ...owner, command: 'delete' }],
    ['a user id with a comma', { ...disable, userId: 'ada,eve' }],
    ['an account id with a path', { ...disable, connectedAccountId: '../x' }],
    ['an unknown field', { ...disable, force: true }],
    ['an alias that looks like a marker', name('mooring-x')],
    ['sharing without a field', { ...owner, command: 'updateSharing', sharing: {} }],
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
  ])('with %s is refused for every caller', async (_, command) => {
    const { api, change } = setUp();
    await expect(change(command)).rejects.toMatchObject({
      type: 'ERR_INVALID_INPUT',
      nonRetryable: true,
    });
    expect(api.asked).toEqual([]);
  });
});

describe('a 409', () => {
  it('for a lease is retried, and ends as "busy" if that does not help', async () => {
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

  it('for a transition is final, and reports the status', async () => {
    const { api, change } = setUp({ status: 'EXPIRED' });
    const fault = { status: 409, fault: 'invalid_transition' } as const;
    api.failing.set('enable', new ApiError('http', 'no way', fault));
    await expect(change(enable)).rejects.toMatchObject({
      type: 'ERR_ACCOUNT_UNUSABLE',
      nonRetryable: true,
      message: 'account ca_1 is EXPIRED: no way',
    });
  });
});

describe('a change that the API confirms but never shows', () => {
  class DeafApi extends FakeApi {
    override async setEnabled() {
      return { requestId: '' };
    }
  }

  it.each([
    [1, { type: 'NOT_YET', nonRetryable: false }],
    [5, { type: 'ERR_ACCOUNT_UNUSABLE', nonRetryable: true }],
  ])('in try %i ends as %j', async (attempt, failure) => {
    const api = new DeafApi();
    api.rows = [row({ status: 'ACTIVE' })];
    const { environment, activities } = stageFor(api, { workflowId, attempt });
    await expect(environment.run(activities.changeAccount, disable)).rejects.toMatchObject(failure);
  });
});

describe('an alias', () => {
  it('that is in use is reported with its code', async () => {
    const { api, change } = setUp();
    api.rows.push(row({ id: 'ca_2', alias: 'work' }));
    await expect(change(name('work'))).rejects.toMatchObject({ type: 'ERR_ALIAS_IN_USE' });
  });

  it.each([
    ['was replaced', { alias: 'mooring-replaced-ca_1', status: 'INACTIVE' }],
    ['has no consent yet', { alias: 'mooring-000000000000-1', status: 'INITIATED' }],
  ] as const)('is not given to an account that %s', async (_, account) => {
    const { api, change } = setUp(account);
    await expect(change(name('work'))).rejects.toMatchObject({ type: 'ERR_ACCOUNT_UNUSABLE' });
    expect(api.asked).toEqual(['get ca_1']);
  });

  it('is given to an ACTIVE account that could not be named when it connected', async () => {
    const { change } = setUp({ alias: 'mooring-000000000000-1' });
    expect(await change(name('work'))).toMatchObject({ account: { alias: 'work' } });
  });
});

describe('new credentials', () => {
  const ring = parseKeyRing(generateKey());
  const val = { generic_api_key: 'fresh', generic_id: null };
  const credentials = { authScheme: 'API_KEY' as const, val };
  const sealed = sealChange({ ...owner, credentials }, ring);

  it('are opened only for the call that sends them', async () => {
    const { api, change } = setUp({ status: 'EXPIRED' }, { credentialKeys: ring });
    expect(await change(sealed)).toMatchObject({ changed: true, account: { status: 'EXPIRED' } });
    expect(api.given).toEqual([credentials]);
    expect(JSON.stringify(sealed)).not.toContain('fresh');
  });

  it('that were sealed for another account do not open for this one', async () => {
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

  it('changes the given fields and keeps the others', async () => {
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
  it('cannot enable an account', async () => {
    const { api, change } = setUp({ status: 'INACTIVE' }, { gate: ['lapsed'] });
    await expect(change(enable)).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.rows[0]?.status).toBe('INACTIVE');
  });

  it('has an account disabled again that was enabled while the gate closed', async () => {
    const { api, change } = setUp({ status: 'INACTIVE' }, { gate: [null, 'lapsed'] });
    await expect(change(enable)).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.asked).toContain('enable ca_1');
    expect(api.rows[0]?.status).toBe('INACTIVE');
  });

  it('has an account disabled again that a lost try enabled', async () => {
    const { api, change } = setUp({ status: 'ACTIVE' }, { gate: ['lapsed'], attempt: 2 });
    await expect(change(enable)).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.rows[0]?.status).toBe('INACTIVE');
  });

  it('keeps an account that was ACTIVE before this command: it is left to the pause', async () => {
    const told = { heartbeatDetails: { mayBeOurs: false, keptBy: 1 } };
    const { api, change } = setUp({}, { gate: ['lapsed'], attempt: 2, ...told });
    await expect(change(enable)).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.rows[0]?.status).toBe('ACTIVE');
  });

  it.each([
    ['after a heartbeat', { mayBeOurs: false, keptBy: null }, 2],
    ['before a heartbeat', { mayBeOurs: false, keptBy: 1 }, 3],
  ])('disables what a killed try may have enabled, killed %s', async (...of) => {
    const [, heartbeatDetails, attempt] = of;
    const { api, change } = setUp({}, { gate: ['lapsed'], attempt, heartbeatDetails });
    await expect(change(enable)).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.rows[0]?.status).toBe('INACTIVE');
  });

  it.each([
    ['was refused', lease, false],
    ['may have been applied', new ApiError('timeout', 'late'), true],
  ])('lets the next try know that an enable %s', async (_, error, mayBeOurs) => {
    const { api, environment, change } = setUp({ status: 'INACTIVE' });
    const beats: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => beats.push(details));
    api.failing.set('enable', error);
    await expect(change(enable)).rejects.toThrow(error.message);
    expect(beats).toEqual([{ mayBeOurs, keptBy: 1 }]);
  });

  it('can still disable an account, and set its alias', async () => {
    const { change } = setUp({}, { gate: ['blocked'] });
    expect(await change(name('work'))).toMatchObject({ account: { alias: 'work' } });
    expect(await change(disable)).toMatchObject({ account: { status: 'INACTIVE' } });
  });

  it.each(['ACTIVE', 'INACTIVE'] as const)(
    'gets no restore of an account that was %s and that a command disables',
    async (status) => {
      const { change, signals } = setUp({ status });
      await change(disable);
      expect(signals).toEqual([['user/ada', 'keepDisabled', 'ca_1']]);
    },
  );
});
