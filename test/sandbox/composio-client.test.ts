import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fault, SandboxControl, type SeededAccount } from '../../sandbox/control.ts';
import { type Sandbox, startSandbox } from '../../sandbox/index.ts';
import type { ComposioApi } from '../../src/composio/api.ts';
import type { AccountPageQuery } from '../../src/domain/schemas.ts';
import { AuthScheme } from '../../src/domain/auth-schemes.ts';
import { createComposioApi } from '../../src/composio/client.ts';
import { canaryUntouched } from '../support/canary.ts';

let sandbox: Sandbox;
let control: SandboxControl;
let api: ComposioApi;
let users = 0;

beforeAll(async () => {
  sandbox = await startSandbox();
  control = new SandboxControl(sandbox.url);
  api = createComposioApi({ apiKey: sandbox.apiKey, baseUrl: sandbox.url });
});
afterAll(async () => {
  try {
    await canaryUntouched(sandbox, control);
  } finally {
    await sandbox.stop();
  }
});

function newLink() {
  return { userId: `user_${++users}`, authConfigId: 'ac_gmail', alias: 'mooring-0f3c2a1b-1' };
}

describe('the client and the sandbox', () => {
  it('agree on the life of an account, from link to deletion', async () => {
    const link = newLink();
    const { connectedAccountId, redirectUrl, expiresAt, lifeMs } = await api.createLink(link);
    expect(new URL(redirectUrl).origin).not.toBe('null');
    expect(Date.parse(expiresAt)).not.toBeNaN();
    expect(lifeMs).toBeGreaterThan(590_000);
    expect(lifeMs).toBeLessThanOrEqual(601_000);

    const account = await api.getAccount(connectedAccountId);
    expect(account).toEqual({
      id: connectedAccountId,
      userId: link.userId,
      authConfigId: link.authConfigId,
      toolkit: 'gmail',
      authScheme: 'OAUTH2',
      status: 'INITIALIZING',
      statusReason: null,
      alias: link.alias,
      accountType: 'PRIVATE',
      createdAt: expect.any(String) as string,
      updatedAt: expect.any(String) as string,
      identity: null,
    });
    expect(await api.listAccounts(link)).toEqual([account]);

    await api.deleteAccount(connectedAccountId, { revokeOnDelete: true });
    expect(await api.getAccount(connectedAccountId)).toBeNull();
    expect(await api.listAccounts(link)).toEqual([]);
    await api.deleteAccount(connectedAccountId, { revokeOnDelete: false });
  });

  it('agree that an account of another auth config, or of no user, is not listed', async () => {
    const link = newLink();
    await api.createLink(link);
    expect(await api.listAccounts({ ...link, authConfigId: 'ac_github' })).toEqual([]);
    expect(await api.listAccounts({ ...link, userId: 'nobody' })).toEqual([]);
  });

  it('agree that a list of more than one page is complete', async () => {
    const link = newLink();
    const made: string[] = [];
    for (let n = 1; n <= 101; n++) {
      const { connectedAccountId } = await api.createLink({ ...link, alias: `mooring-${n}` });
      made.push(connectedAccountId);
    }
    const rows = await api.listAccounts(link);
    expect(rows.map((row) => row.id)).toEqual(made);
  });

  it('agree on every filter of a page, and on its cursor', async () => {
    const [ada, bob] = [`user_${++users}`, `user_${++users}`];
    const seed = async (userId: string, row: Partial<SeededAccount> = {}) =>
      (await control.seedAccount({ userId, authConfigId: 'ac_gmail', ...row })).id;
    const active = await seed(ada);
    const dead = await seed(ada, { alias: 'old', status: 'EXPIRED' });
    const shared = await seed(ada, { alias: 'team', accountType: 'SHARED' });
    const other = await seed(bob, { authConfigId: 'ac_github' });
    const userIds = [ada, bob];
    const page = async (query: AccountPageQuery) => {
      const { rows, next } = await api.pageAccounts({ userIds, ...query });
      return [rows.map(({ id }) => id), next] as const;
    };

    expect(await page({})).toEqual([[active, dead, shared, other], null]);
    expect(await page({ statuses: ['EXPIRED'] })).toEqual([[dead], null]);
    expect(await page({ toolkitSlugs: ['github'] })).toEqual([[other], null]);
    expect(await page({ authConfigIds: ['ac_github'] })).toEqual([[other], null]);
    expect(await page({ accountType: 'SHARED' })).toEqual([[shared], null]);
    expect(await page({ connectedAccountIds: [active] })).toEqual([[active], null]);
    expect((await page({ direction: 'desc', orderBy: 'updated_at' }))[0][0]).toBe(other);
    const [first, cursor] = await page({ limit: 3 });
    expect(first).toEqual([active, dead, shared]);
    expect(await page({ limit: 3, cursor: cursor ?? '' })).toEqual([[other], null]);
    const foreign = page({ statuses: ['ACTIVE'], cursor: cursor ?? '' });
    await expect(foreign).rejects.toMatchObject({ status: 400, ambiguous: false });
  });

  it('agree on new credentials, and on a scheme that is not the account’s', async () => {
    const account = { ...newLink(), authConfigId: 'ac_apikey' };
    const scheme = AuthScheme.APIKey({ api_key: 'tvly-first-of-its-kind' });
    const { connectedAccountId: id } = await api.createAccount({ ...account, scheme });
    const change = AuthScheme.APIKey({ generic_api_key: 'tvly-second-of-its-kind' });
    const both = { ...change, val: { ...change.val, api_key: null } };
    expect(await api.patchCredentials(id, both)).toEqual({ status: 'ACTIVE' });
    const [row] = await control.accounts({ userId: account.userId });
    expect(row?.fields).toEqual(['generic_api_key']);
    const wrong = AuthScheme.BearerToken({ token: 'tvly-third-of-its-kind' });
    await expect(api.patchCredentials(id, wrong)).rejects.toMatchObject({ status: 400 });
  });

  it('agree on who may use a SHARED account, and that a PRIVATE one has no lists', async () => {
    const link = newLink();
    const sharing = { allowedUserIds: ['eve'] };
    const { connectedAccountId: id } = await api.createLink({ ...link, sharing });
    await api.setSharing(id, { allowAllUsers: true, allowedUserIds: [] });
    expect((await api.getAccount(id))?.sharing).toEqual({
      allowAllUsers: true,
      allowedUserIds: [],
      notAllowedUserIds: [],
    });
    const { connectedAccountId: other } = await api.createLink({ ...link, alias: 'other' });
    const refused = api.setSharing(other, sharing);
    await expect(refused).rejects.toMatchObject({ fault: 'acl_on_private' });
  });

  it('agree that only an ACTIVE or INACTIVE account can be enabled', async () => {
    const { connectedAccountId: id } = await api.createLink(newLink());
    const refused = api.setEnabled(id, true);
    await expect(refused).rejects.toMatchObject({ status: 409, fault: 'invalid_transition' });
  });

  it('agree that an alias is in use while a row has it', async () => {
    const link = newLink();
    await api.createLink(link);
    await expect(api.createLink(link)).rejects.toMatchObject({
      kind: 'http',
      status: 400,
      slug: 'ConnectedAccount_BadRequest',
      code: 600,
      ambiguous: false,
      requestId: expect.any(String) as string,
      message: expect.stringMatching(/alias .*already in use/i) as string,
    });
  });

  it('agree that an unknown auth config makes no link', async () => {
    await expect(api.createLink({ ...newLink(), authConfigId: 'ac_none' })).rejects.toMatchObject({
      kind: 'http',
      status: 404,
      ambiguous: false,
    });
  });

  it('agree that a wrong key opens nothing, and do not repeat the call', async () => {
    const stranger = createComposioApi({ apiKey: 'ak_stranger', baseUrl: sandbox.url });
    await expect(stranger.getAccount('ca_1')).rejects.toMatchObject({
      status: 401,
      slug: 'HTTP_Unauthorized',
      message: expect.not.stringContaining('ak_stranger') as string,
    });
  });

  it('agree on shared accounts, and keep all their secrets out', async () => {
    const owner = newLink();
    await control.seedAccount({ ...owner, accountType: 'SHARED', alias: 'team' });
    const rows = await api.listAccounts(owner);
    expect(rows).toMatchObject([{ status: 'ACTIVE', accountType: 'SHARED', alias: 'team' }]);
    const shown = JSON.stringify([rows, await api.getAccount(rows[0]?.id ?? '')]);
    for (const secret of await control.secrets()) expect(shown).not.toContain(secret);
  });

  it('agree on the life of a link when their clocks differ', async () => {
    await control.advance(3 * 3_600_000);
    const { lifeMs } = await api.createLink(newLink());
    expect(lifeMs).toBeGreaterThan(590_000);
    expect(lifeMs).toBeLessThanOrEqual(601_000);
  });

  it.each<[string, Fault, object, number]>([
    ['a stalled body', { kind: 'stalledBody' }, { kind: 'timeout', ambiguous: true }, 1],
    ['a body cut short', { kind: 'truncatedBody' }, { kind: 'connection', ambiguous: true }, 1],
    ['a lost answer', { kind: 'applyThenDrop' }, { kind: 'connection', ambiguous: true }, 1],
    ['a lost call', { kind: 'dropBefore' }, { kind: 'connection', ambiguous: true }, 0],
    ['an edge in between', { kind: 'html502', applied: true }, { status: 502, ambiguous: true }, 1],
    ['a redirect', { kind: 'redirect' }, { kind: 'contract', ambiguous: true }, 0],
    [
      'a 429',
      { kind: 'rateLimited', retryAfterSeconds: 61 },
      { status: 429, retryAfterMs: 61_000, ambiguous: false },
      0,
    ],
  ])('agree on %s: one call, never repeated, and what it may have done', async (...row) => {
    const [, fault, error, rows] = row;
    const link = newLink();
    const route = 'POST /connected_accounts/link';
    await control.fault({ route, userId: link.userId, times: 9, fault });
    const { apiKey, url: baseUrl } = sandbox;
    const hasty = createComposioApi({ apiKey, baseUrl, timeoutMs: 1_000 });
    await expect(hasty.createLink(link)).rejects.toMatchObject(error);
    await control.clearFaults();
    const calls = (await control.callLog()).filter((call) => call.userId === link.userId);
    expect(calls).toHaveLength(1);
    expect(await api.listAccounts(link)).toHaveLength(rows);
  });

  it('agree on the rate limit: the client stops before the sandbox has to refuse', async () => {
    await control.advance(60_000);
    const used = (await control.callLog()).length;
    await control.settings({ requestsPerMinute: 3 });
    const { apiKey, url: baseUrl } = sandbox;
    const thrifty = createComposioApi({ apiKey, baseUrl });
    for (let n = 0; n < 3; n++) await thrifty.getAccount('ca_none');
    await expect(thrifty.getAccount('ca_none')).rejects.toMatchObject({ kind: 'held' });
    expect(await control.callLog()).toHaveLength(used + 3);
  });
});
