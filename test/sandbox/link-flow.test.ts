import { describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { callbackUrl, useSandbox } from './support.ts';

const { client, control, link, sandbox, status } = useSandbox();

describe('a link', () => {
  it('starts INITIALIZING and becomes INITIATED when it is opened', async () => {
    const { connected_account_id: id, redirect_url, expires_at } = await link();
    expect(await status(id)).toEqual({ status: 'INITIALIZING', reason: null });
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(590_000);
    await new Person('ada').open(redirect_url);
    expect(await status(id)).toEqual({ status: 'INITIATED', reason: null });
  });

  it('leads through sign-in and consent to ACTIVE, with living tokens', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    const callback = await new Person('ada').approve(redirect_url);
    expect(callback.href).toBe(`${callbackUrl}&status=success&connected_account_id=${id}`);
    expect(await status(id)).toEqual({ status: 'ACTIVE', reason: null });
    expect(await control().introspect(id)).toEqual({ access: true, refresh: true });
  });

  it('settles the account although the person never reaches the callback', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    const isCallback = (url: URL) => url.origin === 'https://app.example';
    await new Person('ada').approve(redirect_url, { stopBefore: isCallback });
    expect((await status(id)).status).toBe('ACTIVE');
  });

  it('leaves the account pending when the person stops before the exchange', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    await new Person('ada').approve(redirect_url, {
      stopBefore: (url) => url.pathname === '/oauth/callback',
    });
    expect((await status(id)).status).toBe('INITIATED');
  });

  it('ends FAILED when the person denies at the provider', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    const { searchParams } = await new Person('bob').deny(redirect_url);
    expect(searchParams.get('status')).toBe('failed');
    expect(searchParams.get('error')).toContain('access_denied');
    expect(await status(id)).toMatchObject({
      status: 'FAILED',
      reason: expect.stringContaining('access_denied'),
    });
    expect(await control().introspect(id)).toEqual({ access: null, refresh: null });
  });

  it('ends FAILED when the person cancels on the link page', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    const { searchParams } = await new Person('bob').cancelAtLinkPage(redirect_url);
    expect(searchParams.get('status')).toBe('failed');
    expect((await status(id)).status).toBe('FAILED');
  });

  it('can be used again if a denial leaves it INITIATED', async () => {
    await control().settings({ deniedStatus: 'INITIATED' });
    const { connected_account_id: id, redirect_url } = await link();
    await new Person('bob').deny(redirect_url);
    expect((await status(id)).status).toBe('INITIATED');
    await new Person('bob').approve(redirect_url);
    expect((await status(id)).status).toBe('ACTIVE');
    await control().settings({ deniedStatus: 'FAILED' });
  });

  it('ends FAILED when the exchange fails', async () => {
    await control().settings({ tokenEndpoint: 'fails' });
    const { connected_account_id: id, redirect_url } = await link();
    const { searchParams } = await new Person('bob').approve(redirect_url);
    await control().settings({ tokenEndpoint: 'works' });
    expect(searchParams.get('status')).toBe('failed');
    expect((await status(id)).reason).toBe('OAuth callback failed during token exchange');
  });

  it('asks for the key if the auth config is of that kind', async () => {
    const { connected_account_id: id, redirect_url } = await link({ auth_config_id: 'ac_apikey' });
    const { searchParams } = await new Person('ada').approve(redirect_url);
    expect(searchParams.get('status')).toBe('success');
    const account = await client().connectedAccounts.retrieve(id);
    expect(account).toMatchObject({
      status: 'ACTIVE',
      state: { authScheme: 'API_KEY', val: { generic_api_key: 'gene...' } },
    });
  });

  it('shows the result when there is no callback URL', async () => {
    const { redirect_url } = await client().link.create({
      auth_config_id: 'ac_github',
      user_id: 'without_callback',
    });
    const consent = await new Person('ada').reachConsent(redirect_url);
    expect(await consent.allow()).toBeNull();
    const [account] = await control().accounts({ userId: 'without_callback' });
    expect(account?.status).toBe('ACTIVE');
  });

  it('works once', async () => {
    const { redirect_url } = await link();
    await new Person('ada').approve(redirect_url);
    await expect(new Person('bob').open(redirect_url)).rejects.toThrow('410');
    await expect(new Person('bob').open(`${sandbox().url}/link/lk_none`)).rejects.toThrow('404');
  });

  it('takes the first of two consents', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    const first = await new Person('ada').reachConsent(redirect_url);
    const second = await new Person('bob').reachConsent(redirect_url);
    expect(await first.allow()).not.toBeNull();
    expect(await second.allow()).toBeNull();
    const account = await client().connectedAccounts.retrieve(id);
    expect(account.state.val['displayName']).toBe('ada@people.example');
    expect(await control().introspect(id)).toEqual({ access: true, refresh: true });
  });

  it('takes an answer of the provider once', async () => {
    const { redirect_url } = await link();
    const answer = await new Person('ada').approve(redirect_url, {
      stopBefore: (url) => url.pathname === '/oauth/callback',
    });
    const statuses = [];
    for (const url of [answer, answer]) {
      statuses.push((await fetch(url, { redirect: 'manual' })).status);
    }
    expect(statuses).toEqual([303, 400]);
  });

  it('gives every account a grant of its own, also to one person in one browser', async () => {
    const user_id = 'with_two_accounts';
    const [first, second] = [await link({ user_id }), await link({ user_id })];
    const ada = new Person('ada');
    await ada.approve(first.redirect_url);
    await ada.approve(second.redirect_url);
    const remove = { revoke_on_delete: true };
    await client().connectedAccounts.delete(first.connected_account_id, remove);
    const alive = await control().introspect(second.connected_account_id);
    expect(alive).toEqual({ access: true, refresh: true });
  });
});

describe('the pages', () => {
  it('need nothing from outside and let forms lead to any callback', async () => {
    const { redirect_url } = await link();
    const response = await fetch(redirect_url);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('form-action');
    expect(await response.text()).not.toMatch(/(src|href)=/);
    for (const origin of [sandbox().url, sandbox().providerUrl]) {
      expect((await fetch(`${origin}/favicon.ico`)).status).toBe(204);
    }
  });
});
