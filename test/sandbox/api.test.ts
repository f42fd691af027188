import { describe, expect, it } from 'vitest';
import { authSchemes } from '../../src/domain/auth-schemes.ts';
import { refusal, useSandbox } from './support.ts';

const { client, control, fetch: call, link, newUser, sandbox } = useSandbox();
const path = '/api/v3.1/connected_accounts';

describe('the API', () => {
  it('refuses a call without a key, with a wrong one, and with two', async () => {
    for (const headers of [
      { 'x-api-key': '' },
      { 'x-api-key': 'wrong' },
      { 'x-user-api-key': 'another' },
    ]) {
      const response = await call(path, { headers });
      expect(response.status).toBe(401);
      const requestId = response.headers.get('x-request-id');
      expect(await response.json()).toMatchObject({
        error: { status: 401, slug: 'HTTP_Unauthorized', request_id: requestId },
      });
    }
  });

  it('takes a personal key where the specification does', async () => {
    const headers = { 'x-api-key': '', 'x-user-api-key': await control().issueUserApiKey() };
    const { connectedAccountId: id } = sandbox().canary;
    const asked = async (method: string, url: string, body?: object) => {
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
      return (await call(`/api/v3.1${url}`, init)).status;
    };
    const account = { auth_config_id: 'ac_gmail', user_id: newUser() };
    expect(await asked('GET', '/connected_accounts')).toBe(200);
    expect(await asked('GET', `/connected_accounts/${id}`)).toBe(200);
    expect(await asked('POST', '/connected_accounts/link', account)).toBe(201);
    expect(await asked('GET', '/auth_configs')).toBe(200);
    expect(await asked('GET', '/tools/GMAIL_SEND_EMAIL')).toBe(200);
    for (const [method, url] of [
      ['POST', '/connected_accounts'],
      ['PATCH', `/connected_accounts/${id}`],
      ['PATCH', `/connected_accounts/${id}/status`],
      ['POST', `/connected_accounts/${id}/refresh`],
      ['POST', `/connected_accounts/${id}/revoke`],
      ['POST', '/connected_accounts/complete_auth'],
      ['PATCH', '/auth_configs/ac_gmail/DISABLED'],
    ] as const) {
      expect(await asked(method, url, {})).toBe(401);
    }
  });

  it('shows the requested scopes, also before the consent, on one account and in no list', async () => {
    const user_id = newUser();
    const { connected_account_id: id } = await link({ user_id });
    const { items } = await client().connectedAccounts.list({ user_ids: [user_id] });
    expect(items[0]).not.toHaveProperty('requested_scopes');
    expect(await client().connectedAccounts.retrieve(id)).toMatchObject({
      status: 'INITIALIZING',
      requested_scopes: ['mail.read', 'mail.send'],
    });
    const { connected_account_id: keyed } = await link({ user_id, auth_config_id: 'ac_apikey' });
    expect(await client().connectedAccounts.retrieve(keyed)).not.toHaveProperty('requested_scopes');
  });

  it('answers 404 for an unknown account, and 400 for an invalid id', async () => {
    expect(await refusal(client().connectedAccounts.retrieve('ca_none'))).toMatchObject({
      status: 404,
      error: {
        error: {
          code: 606,
          slug: 'ConnectedAccount_ResourceNotFound',
          message: 'Connected account "ca_none" not found',
        },
      },
    });
    for (const id of ['con_old', 'ca_a/b']) {
      expect(await refusal(client().connectedAccounts.retrieve(id))).toMatchObject({
        status: 400,
      });
    }
  });

  it('has no other endpoint, and says so in the error envelope', async () => {
    for (const [method, url] of [
      ['GET', '/api/v3.1/nothing'],
      ['PUT', `${path}/ca_1`],
      ['GET', '/api/v2/connected_accounts'],
    ]) {
      const response = await call(url ?? '', { method: method ?? '' });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        error: { slug: 'HTTP_NotFound', message: `The sandbox has no ${method} ${url}` },
      });
    }
  });

  it('refuses a link to an unknown auth config, and an invalid body', async () => {
    expect(await refusal(link({ auth_config_id: 'ac_none' }))).toMatchObject({
      status: 404,
      error: { error: { message: 'Auth config not found' } },
    });
    expect(await refusal(link({ user_id: '' }))).toMatchObject({ status: 400 });
    const response = await call(`${path}/link`, { method: 'POST', body: '{' });
    expect(response.status).toBe(400);
  });

  it('makes a new account for every link', async () => {
    const user_id = newUser();
    const [first, second] = [await link({ user_id }), await link({ user_id })];
    expect(first.connected_account_id).not.toBe(second.connected_account_id);
    expect(await control().accounts({ userId: user_id })).toHaveLength(2);
  });

  it('reserves an alias for one account of a user and toolkit, until that is deleted', async () => {
    const user_id = newUser();
    const { connected_account_id: id } = await link({ user_id, alias: 'work' });
    expect(await refusal(link({ user_id, alias: 'work' }))).toMatchObject({
      status: 400,
      error: {
        error: {
          code: 600,
          slug: 'ConnectedAccount_BadRequest',
          message: expect.stringMatching(/alias .*already in use/i),
        },
      },
    });
    await link({ alias: 'work' });
    await link({ user_id, alias: 'work', auth_config_id: 'ac_github' });

    await client().connectedAccounts.delete(id);
    await control().settings({ deletedHoldAlias: true });
    expect(await refusal(link({ user_id, alias: 'work' }))).toMatchObject({ status: 400 });
    await control().settings({ deletedHoldAlias: false });
    await link({ user_id, alias: 'work' });
  });

  it('is the same under v3', async () => {
    const { connected_account_id: id } = await link();
    const [current, older] = await Promise.all(
      ['v3.1', 'v3'].map(async (version) => {
        const response = await call(`/api/${version}/connected_accounts/${id}`);
        return response.json();
      }),
    );
    expect(older).toEqual(current);
    expect(current).toMatchObject({ id, status: 'INITIALIZING' });
  });

  it('omits unknown values rather than sending null, and shows no secret', async () => {
    const { connectedAccountId } = sandbox().canary;
    const text = await (await call(`${path}/${connectedAccountId}`)).text();
    const account: unknown = JSON.parse(text);
    expect(account).toMatchObject({ alias: null, status_reason: null, params: {}, data: {} });
    expect(text.match(/null/g)).toHaveLength(2);
    const leaked = (await control().secrets()).filter((secret) => text.includes(secret));
    expect(leaked).toEqual([]);
  });
});

describe('the auth configs', () => {
  it('are of every scheme, managed by Composio and not', async () => {
    const configs = sandbox().authConfigs;
    expect(new Set(configs.map(({ scheme }) => scheme))).toEqual(new Set(Object.keys(authSchemes)));
    expect(configs.filter(({ managed }) => managed).map(({ id }) => id)).toEqual([
      'ac_gmail',
      'ac_github',
    ]);
    for (const { id, toolkit, scheme, managed } of configs) {
      const { connected_account_id } = await link({ auth_config_id: id });
      expect(await (await call(`${path}/${connected_account_id}`)).json()).toMatchObject({
        toolkit: { slug: toolkit },
        auth_config: { id, auth_scheme: scheme, is_composio_managed: managed },
      });
    }
  });
});

describe('the rate limit', () => {
  it('is shown with every answer', async () => {
    const remaining = async () =>
      Number((await call(path)).headers.get('x-ratelimit-remaining') ?? Number.NaN);
    const { headers } = await call(path);
    expect(headers.get('x-ratelimit')).toBe('2000');
    expect(headers.get('x-ratelimit-window-size')).toBe('60s');
    expect(headers.get('retry-after')).toBeNull();
    expect(await remaining()).toBeGreaterThan(await remaining());
  });

  it('refuses with a flat 429 when it is used up, until the window ends', async () => {
    await control().settings({ requestsPerMinute: 1 });
    await control().advance(60_000);
    expect((await call(path)).status).toBe(200);
    const response = await call(path);
    expect(response.status).toBe(429);
    expect(await response.json()).toEqual({
      message: 'Rate limit exceeded. Limit: 1 requests per 1 minutes',
    });
    expect(response.headers.get('x-ratelimit-remaining')).toBe('0');
    const retryAfter = Number(response.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    await control().advance(retryAfter * 1_000);
    expect((await call(path)).status).toBe(200);
    await control().settings({ requestsPerMinute: 2_000 });
  });
});
