import { describe, expect, it } from 'vitest';
import { type AccountStatus, accountStatuses } from '../../sandbox/account.ts';
import { refusal, refused, useSandbox } from './support.ts';

const { client, control, create, fetch: call, link, newUser } = useSandbox();
const path = '/api/v3.1/connected_accounts';
const accounts = () => client().connectedAccounts;

async function seeded(status: AccountStatus, userId = newUser()): Promise<string> {
  return (await control().seedAccount({ userId, authConfigId: 'ac_custom_slack', status })).id;
}

async function aliasOf(id: string): Promise<string | null> {
  return (await accounts().retrieve(id)).alias;
}

describe('a patch of the alias', () => {
  it('sets it and, with the empty string, clears it, whatever the status', async () => {
    for (const status of accountStatuses) {
      const id = await seeded(status);
      expect(await accounts().patch(id, { alias: 'work' })).toEqual({ success: true, id, status });
      expect(await aliasOf(id)).toBe('work');
      await accounts().patch(id, { alias: 'work' });
      await accounts().patch(id, { alias: '' });
      expect(await aliasOf(id)).toBeNull();
    }
  });

  it('is refused with 409, or as seen live with 400, while another account of the user and toolkit has it', async () => {
    const user_id = newUser();
    const { connected_account_id: holder } = await link({ user_id, alias: 'work' });
    const { connected_account_id: id } = await link({ user_id, alias: 'mooring-1' });
    const message = expect.stringMatching(/alias .*already in use/i) as string;
    expect(await refusal(accounts().patch(id, { alias: 'work' }))).toMatchObject(
      refused(409, { message }),
    );
    await control().settings({ aliasClashOnPatch: 400 });
    const asSeenLive = await refusal(accounts().patch(id, { alias: 'work' }));
    await control().settings({ aliasClashOnPatch: 409 });
    expect(asSeenLive).toMatchObject(
      refused(400, { code: 600, slug: 'ConnectedAccount_BadRequest', message }),
    );
    expect(await aliasOf(id)).toBe('mooring-1');

    await accounts().patch(holder, { alias: '' });
    await accounts().patch(id, { alias: 'work' });
    expect(await aliasOf(id)).toBe('work');
  });

  it('is logged with the call that made it', async () => {
    const userId = newUser();
    const id = await seeded('ACTIVE', userId);
    const { response } = await accounts().patch(id, { alias: 'work' }).withResponse();
    expect((await control().writes({ userId })).at(-1)).toMatchObject({
      by: 'api',
      op: 'patch',
      alias: 'work',
      statusAfter: 'ACTIVE',
      requestId: response.headers.get('x-request-id'),
    });
  });
});

describe('a patch of credentials', () => {
  it('replaces the named ones, keeps the rest and deletes those that are null', async () => {
    const user_id = newUser();
    const val = { status: 'ACTIVE', username: 'first-user', password: 'first-password' };
    const { id } = await create('ac_basic', { authScheme: 'BASIC', val }, { user_id });
    const patch = (val: Record<string, string | null>) =>
      accounts().patch(id, { connection: { state: { authScheme: 'BASIC', val } } });

    expect(await patch({ password: 'next-password' })).toMatchObject({ status: 'ACTIVE' });
    expect((await accounts().retrieve(id)).state.val).toEqual({
      status: 'ACTIVE',
      username: 'firs...',
      password: 'next...',
    });
    expect(await control().secrets()).toContain('next-password');
    await patch({ password: null });
    expect((await control().accounts({ userId: user_id }))[0]?.fields).toEqual(['username']);
  });

  it('is refused for another scheme, and for one that the provider renews itself', async () => {
    const { id } = await create('ac_no_auth');
    const state = { authScheme: 'API_KEY', val: { api_key: 'tvly-other' } } as const;
    expect(await refusal(accounts().patch(id, { connection: { state } }))).toMatchObject({
      status: 400,
    });
    const oauth = { connection: { state: { authScheme: 'OAUTH2', val: { access_token: 'x' } } } };
    const response = await call(`${path}/${await seeded('ACTIVE')}`, {
      method: 'PATCH',
      body: JSON.stringify(oauth),
    });
    expect(response.status).toBe(400);
  });
});

describe('enabling and disabling', () => {
  const allowed: Partial<Record<AccountStatus, true>> = { ACTIVE: true, INACTIVE: true };

  for (const enabled of [true, false]) {
    it.each(accountStatuses)(`${enabled ? 'enables' : 'disables'} or refuses %s`, async (from) => {
      const id = await seeded(from);
      const update = accounts().updateStatus(id, { enabled });
      if (allowed[from]) {
        expect(await update).toEqual({ success: true });
        const to = enabled ? 'ACTIVE' : 'INACTIVE';
        const account = await accounts().retrieve(id);
        expect(account).toMatchObject({ status: to, is_disabled: !enabled });
        if (from !== to) expect(account.status_reason).toBe('Connection status updated by user');
      } else {
        expect(await refusal(update)).toMatchObject(
          refused(409, { slug: 'ConnectedAccount_Conflict' }),
        );
        expect((await accounts().retrieve(id)).status).toBe(from);
      }
    });
  }

  it('again changes nothing', async () => {
    const userId = newUser();
    const id = await seeded('ACTIVE', userId);
    for (let n = 0; n < 2; n++) await accounts().updateStatus(id, { enabled: false });
    const writes = await control().writes({ userId });
    expect(writes.map(({ op }) => op)).toEqual(['link', 'status']);
    expect(await control().introspect(id)).toEqual({ access: true, refresh: true });
  });
});

describe('both patches', () => {
  it('answer 404 for a deleted account and 400 for an invalid body', async () => {
    const id = await seeded('ACTIVE');
    const bodies = { '': { alias: 7 }, '/status': { enabled: 'yes' } };
    for (const [suffix, body] of Object.entries(bodies)) {
      const patch = (account: string, body: string) =>
        call(`${path}/${account}${suffix}`, { method: 'PATCH', body });
      expect((await patch(id, JSON.stringify(body))).status).toBe(400);
      expect((await patch(id, '{')).status).toBe(400);
      expect((await patch('ca_none', JSON.stringify({ enabled: true }))).status).toBe(404);
    }
    await accounts().delete(id);
    expect(await refusal(accounts().patch(id, { alias: '' }))).toMatchObject({ status: 404 });
    expect(await refusal(accounts().updateStatus(id, { enabled: true }))).toMatchObject({
      status: 404,
    });
  });
});
