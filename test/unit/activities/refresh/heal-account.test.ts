import { describe, expect, it } from 'vitest';
import { healAccount } from '../../../../src/activities/refresh/heal-account.ts';
import { ApiError } from '../../../../src/composio/errors.ts';
import type { AccountStatus } from '../../../../src/domain/account.ts';
import { FakeApi, input, row } from '../support.ts';

const target = { ...input, connectedAccountId: 'ca_1' };
const died = 'Permanent auth error during token refresh';
const lost = () => new ApiError('timeout', 'no answer');

/** A refresh leaves the account in this status; its answer may be lost. */
class RefreshingApi extends FakeApi {
  readonly #leaves: AccountStatus | null;
  readonly #isLost: boolean;

  constructor(status: AccountStatus, leaves: AccountStatus | null, isLost = false) {
    super();
    this.rows = [row({ status, statusReason: status === 'EXPIRED' ? died : null })];
    this.#leaves = leaves;
    this.#isLost = isLost;
  }

  /** As over HTTP: an account that was read does not change. */
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
  it('refreshes an EXPIRED account once, reads it back, and returns the link to the caller', async () => {
    const api = new RefreshingApi('EXPIRED', 'INITIATED');
    const { heal, redirectUrl } = await healAccount(api, target, { mode: 'heal' });
    expect(heal).toMatchObject({
      outcome: 'reauth_required',
      status: 'INITIATED',
      isRefreshed: true,
    });
    expect(redirectUrl).toBe('https://c.example/r');
    expect(api.asked).toEqual(['get ca_1', 'refresh ca_1', 'get ca_1']);
    expect(JSON.stringify(heal)).not.toContain('c.example');
  });

  it('returns healed and no link if the refresh renews the grant', async () => {
    const api = new RefreshingApi('EXPIRED', 'ACTIVE');
    const { heal, redirectUrl } = await healAccount(api, target, { mode: 'heal' });
    expect(heal).toMatchObject({ outcome: 'healed', isRefreshed: true });
    expect(redirectUrl).toBeNull();
  });

  it('writes nothing if nothing is to be done', async () => {
    const api = new RefreshingApi('ACTIVE', null);
    const { heal } = await healAccount(api, target, { mode: 'heal' });
    expect(heal).toMatchObject({ outcome: 'healthy', isRefreshed: false });
    expect(api.asked).toEqual(['get ca_1']);
    api.rows = [];
    expect((await healAccount(api, target, { mode: 'heal' })).heal.outcome).toBe('gone');
  });

  it.each([{ userId: 'eve' }, { authConfigId: 'ac_2' }])(
    'never writes to an account of another user or auth config: %j',
    async (owner) => {
      const api = new RefreshingApi('EXPIRED', 'ACTIVE');
      await expect(healAccount(api, { ...target, ...owner }, { mode: 'heal' })).rejects.toThrow(
        /no account ca_1/,
      );
      expect(api.asked).toEqual(['get ca_1']);
    },
  );

  it('settles a lost answer with a read', async () => {
    const restarted = new RefreshingApi('EXPIRED', 'INITIATED', true);
    const { heal, redirectUrl } = await healAccount(restarted, target, { mode: 'heal' });
    expect(heal).toMatchObject({ outcome: 'reauth_required', isUnproven: true });
    expect(redirectUrl).toBeNull();

    const unchanged = new RefreshingApi('EXPIRED', 'EXPIRED', true);
    await expect(healAccount(unchanged, target, { mode: 'heal' })).rejects.toThrow('no answer');
  });

  it('never repeats a refresh of an ACTIVE account whose answer was lost', async () => {
    const api = new RefreshingApi('ACTIVE', 'ACTIVE', true);
    const { heal } = await healAccount(api, target, { mode: 'proactive' });
    expect(heal).toMatchObject({ outcome: 'healthy', isUnproven: true });
    expect(api.asked.filter((call) => call.startsWith('refresh'))).toHaveLength(1);
  });

  it('only reports what a lost try did when the next try reads it', async () => {
    const api = new RefreshingApi('EXPIRED', 'INITIATED', true);
    await healAccount(api, target, { mode: 'heal' });
    const again = await healAccount(api, target, { mode: 'heal', statusBefore: 'EXPIRED' });
    expect(again.heal).toMatchObject({ outcome: 'reauth_required', isRefreshed: false });
    expect(api.asked.filter((call) => call.startsWith('refresh'))).toHaveLength(1);
  });

  it.each([400, 409, 410, 422, 501])('treats %i as a final answer', async (status) => {
    const api = new RefreshingApi('EXPIRED', 'ACTIVE');
    api.failing.set('refresh', new ApiError('http', 'no', { status }));
    const { heal } = await healAccount(api, target, { mode: 'heal' });
    expect(heal).toMatchObject({
      outcome: 'cannot_refresh',
      reason: 'refused',
      isRefreshed: false,
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

  it('reports its write even if it cannot read the result', async () => {
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

  it('forwards the callback URL and whether to validate the credentials', async () => {
    const api = new RefreshingApi('EXPIRED', 'INITIATED');
    const options = { callbackUrl: 'https://g.example/cb', validateCredentials: true };
    await healAccount(api, target, { mode: 'heal', ...options });
    expect(api.given).toEqual([{ redirectUrl: 'https://g.example/cb', validateCredentials: true }]);
  });
});
