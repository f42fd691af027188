import { describe, expect, it } from 'vitest';
import { healAccount } from '../../../../src/activities/refresh/heal-account.ts';
import { ApiError } from '../../../../src/composio/errors.ts';
import type { AccountStatus } from '../../../../src/domain/account.ts';
import { FakeApi, input, row } from '../support.ts';

const target = { ...input, connectedAccountId: 'ca_1' };
const died = 'Permanent auth error during token refresh';
const lost = () => new ApiError('timeout', 'no answer');

/** Its refresh leaves an account in this status, and then its answer may be lost. */
class RefreshingApi extends FakeApi {
  readonly #leaves: AccountStatus | null;
  readonly #isLost: boolean;

  constructor(status: AccountStatus, leaves: AccountStatus | null, isLost = false) {
    super();
    this.rows = [row({ status, statusReason: status === 'EXPIRED' ? died : null })];
    this.#leaves = leaves;
    this.#isLost = isLost;
  }

  /** As over HTTP: what was read once does not change. */
  override async getAccount(id: string) {
    const account = await super.getAccount(id);
    return account && { ...account };
  }

  override async refreshAccount(id: string, options = {}) {
    const answer = await super.refreshAccount(id, options);
    const [account] = this.rows;
    if (account !== undefined && this.#leaves !== null) account.status = this.#leaves;
    if (this.#isLost) throw lost();
    return answer;
  }
}

describe('healAccount', () => {
  it('refreshes once what is EXPIRED, reads it back, and hands the link to who asked', async () => {
    const api = new RefreshingApi('EXPIRED', 'INITIATED');
    const { heal, redirectUrl } = await healAccount(api, target, { mode: 'heal' });
    expect(heal).toMatchObject({ outcome: 'needs_user', status: 'INITIATED', refreshed: true });
    expect(redirectUrl).toBe('https://c.example/r');
    expect(api.asked).toEqual(['get ca_1', 'refresh ca_1', 'get ca_1']);
    expect(JSON.stringify(heal)).not.toContain('c.example');
  });

  it('answers healed, and no link, when the refresh renews', async () => {
    const api = new RefreshingApi('EXPIRED', 'ACTIVE');
    const { heal, redirectUrl } = await healAccount(api, target, { mode: 'heal' });
    expect(heal).toMatchObject({ outcome: 'healed', refreshed: true });
    expect(redirectUrl).toBeNull();
  });

  it('writes nothing where nothing has to be done', async () => {
    const api = new RefreshingApi('ACTIVE', null);
    const { heal } = await healAccount(api, target, { mode: 'heal' });
    expect(heal).toMatchObject({ outcome: 'healthy', refreshed: false });
    expect(api.asked).toEqual(['get ca_1']);
    api.rows = [];
    expect((await healAccount(api, target, { mode: 'heal' })).heal.outcome).toBe('gone');
  });

  it.each([{ userId: 'eve' }, { authConfigId: 'ac_2' }])(
    'never writes to an account that is another’s: %j',
    async (owner) => {
      const api = new RefreshingApi('EXPIRED', 'ACTIVE');
      await expect(healAccount(api, { ...target, ...owner }, { mode: 'heal' })).rejects.toThrow(
        /no account ca_1/,
      );
      expect(api.asked).toEqual(['get ca_1']);
    },
  );

  it('settles a lost answer by reading back', async () => {
    const restarted = new RefreshingApi('EXPIRED', 'INITIATED', true);
    const { heal, redirectUrl } = await healAccount(restarted, target, { mode: 'heal' });
    expect(heal).toMatchObject({ outcome: 'needs_user', unproven: true });
    expect(redirectUrl).toBeNull();

    const unchanged = new RefreshingApi('EXPIRED', 'EXPIRED', true);
    await expect(healAccount(unchanged, target, { mode: 'heal' })).rejects.toThrow('no answer');
  });

  it('never repeats a refresh of an ACTIVE account whose answer was lost', async () => {
    const api = new RefreshingApi('ACTIVE', 'ACTIVE', true);
    const { heal } = await healAccount(api, target, { mode: 'proactive' });
    expect(heal).toMatchObject({ outcome: 'healthy', unproven: true });
    expect(api.asked.filter((call) => call.startsWith('refresh'))).toHaveLength(1);
  });

  it('only tells what a lost try has done, when the next one reads it', async () => {
    const api = new RefreshingApi('EXPIRED', 'INITIATED', true);
    await healAccount(api, target, { mode: 'heal' });
    const again = await healAccount(api, target, { mode: 'heal', statusBefore: 'EXPIRED' });
    expect(again.heal).toMatchObject({ outcome: 'needs_user', refreshed: false });
    expect(api.asked.filter((call) => call.startsWith('refresh'))).toHaveLength(1);
  });

  it.each([400, 409, 410, 422, 501])('takes %i for an answer that is final', async (status) => {
    const api = new RefreshingApi('EXPIRED', 'ACTIVE');
    api.failing.set('refresh', new ApiError('http', 'no', { status }));
    const { heal } = await healAccount(api, target, { mode: 'heal' });
    expect(heal).toMatchObject({
      outcome: 'cannot_refresh',
      reason: 'refused',
      refreshed: false,
    });
  });

  it.each([
    new ApiError('http', 'later', { status: 429 }),
    new ApiError('http', 'who are you', { status: 401 }),
    new ApiError('http', 'leased', { status: 409, fault: 'leased' }),
    new ApiError('held', 'not sent'),
  ])('leaves the repeat to its caller: %s', async (failure) => {
    const api = new RefreshingApi('EXPIRED', 'ACTIVE');
    api.failing.set('refresh', failure);
    let wrote = false;
    const onWrite = () => (wrote = true);
    await expect(healAccount(api, target, { mode: 'heal', onWrite })).rejects.toBe(failure);
    expect(wrote).toBe(false);
  });

  it('says that it has written, also when it then cannot read what came of it', async () => {
    const api = new RefreshingApi('ACTIVE', 'INITIATED');
    let wrote = false;
    const onWrite = () => {
      wrote = true;
      api.failing.set('get', lost());
    };
    const healing = healAccount(api, target, { mode: 'proactive', onWrite });
    await expect(healing).rejects.toThrow('no answer');
    expect(wrote).toBe(true);
  });

  it('passes on where the browser is sent, and what has to be validated', async () => {
    const api = new RefreshingApi('EXPIRED', 'INITIATED');
    const options = { callbackUrl: 'https://g.example/cb', validateCredentials: true };
    await healAccount(api, target, { mode: 'heal', ...options });
    expect(api.given).toEqual([{ redirectUrl: 'https://g.example/cb', validateCredentials: true }]);
  });
});
