import { describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { type AuthSchemeName, authSchemes } from '../../src/domain/auth-schemes.ts';
import { examples } from './schemes.ts';
import { callbackUrl, refusal, refused, useSandbox } from './support.ts';

const { client, control, create, fetch: call, newUser, sandbox, status } = useSandbox();
const path = '/api/v3.1/connected_accounts';
const alive = { access: true, refresh: true };

const table = Object.entries(examples).map(([scheme, example]) => ({
  ...example,
  authScheme: scheme as AuthSchemeName,
}));
const initializing = { status: 'INITIALIZING' };
const redirecting = [
  { authConfigId: 'ac_custom_slack', authScheme: 'OAUTH2', toolkit: 'slack', val: {} },
  {
    authConfigId: 'ac_custom_zendesk',
    authScheme: 'OAUTH2',
    toolkit: 'zendesk',
    val: { subdomain: 'acme' },
  },
  {
    authConfigId: 'ac_oauth1',
    authScheme: 'OAUTH1',
    toolkit: 'trello',
    // A part of the required fields is not enough to be connected.
    val: { oauth_token: 'half-a-token' },
  },
  { authConfigId: 'ac_dcr_oauth', authScheme: 'DCR_OAUTH', toolkit: 'linear', val: {} },
  { authConfigId: 'ac_cimd_oauth', authScheme: 'CIMD_OAUTH', toolkit: 'sentry_mcp', val: {} },
];

async function errorOf(body: unknown): Promise<{ status: number; error: Record<string, unknown> }> {
  const response = await call(path, { method: 'POST', body: JSON.stringify(body) });
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return { status: response.status, error };
}

describe('a create call with credentials', () => {
  it.each(table)(
    'makes an ACTIVE account of $authScheme, and masks the given credentials',
    async (row) => {
      const { authScheme, authConfigId, val, shown } = row;
      const user_id = newUser();
      const state = { authScheme, val: { status: 'ACTIVE', ...val } };
      const answer = await create(authConfigId, state, { user_id });
      const connectionData = { authScheme, val: { status: 'ACTIVE', ...shown } };
      expect(answer).toEqual({
        id: expect.stringMatching(/^ca_/) as string,
        connectionData,
        status: 'ACTIVE',
        redirect_url: null,
        redirect_uri: null,
        experimental: { account_type: 'PRIVATE' },
      });
      const account = await client().connectedAccounts.retrieve(answer.id);
      expect(account).toMatchObject({ status: 'ACTIVE', user_id, state: connectionData });
      expect(account.state).toEqual(connectionData);
      const [stored] = await control().accounts({ userId: user_id });
      expect(stored?.fields).toEqual(Object.keys(val));
      expect(await control().secrets()).toEqual(
        expect.arrayContaining(Object.values(val).filter((value) => value !== 'Bearer')),
      );
    },
  );

  it('is possible with every scheme', () => {
    expect(Object.keys(examples)).toEqual(Object.keys(authSchemes));
  });

  it.each(['api_key', 'generic_api_key', 'bearer_token', 'basic_encoded'])(
    'takes an API key under the name of %s',
    async (name) => {
      const val = { status: 'ACTIVE', [name]: 'tvly-0123456789' };
      const { connectionData } = await create('ac_apikey', { authScheme: 'API_KEY', val });
      expect(connectionData.val).toEqual({ status: 'ACTIVE', [name]: 'tvly...' });
    },
  );

  it('shows the real credentials only with masking off', async () => {
    await control().settings({ maskSecrets: false });
    const { authConfigId, val } = examples.BEARER_TOKEN;
    const state = { authScheme: 'BEARER_TOKEN', val: { status: 'ACTIVE', ...val } };
    expect((await create(authConfigId, state)).connectionData.val).toMatchObject(val);
    await control().settings({ maskSecrets: true });
  });

  it('knows them as secrets although the call never arrives, inside JSON too', async () => {
    await control().fault({ route: 'POST /connected_accounts', fault: { kind: 'dropBefore' } });
    const val = { status: 'ACTIVE', credentials_json: '{"private_key":"never\narrived"}' };
    const state = { authScheme: 'GOOGLE_SERVICE_ACCOUNT', val };
    await refusal(create('ac_google_service_account', state));
    expect(await control().secrets()).toEqual(
      expect.arrayContaining([
        val.credentials_json,
        String.raw`{\"private_key\":\"never\narrived\"}`,
      ]),
    );
  });

  it('belongs to the user default when it names none', async () => {
    const { id } = await client().connectedAccounts.create({
      auth_config: { id: 'ac_no_auth' },
      connection: {},
    });
    expect((await client().connectedAccounts.retrieve(id)).user_id).toBe('default');
  });
});

describe('a create call without credentials', () => {
  it.each(redirecting)('sends the user of $authConfigId to the provider', async (row) => {
    const { authConfigId, authScheme, toolkit, val } = row;
    const state = { authScheme, val: { ...initializing, ...val } };
    const answer = await create(authConfigId, state);
    const { id, connectionData, redirect_url: url } = answer;
    expect(answer).toMatchObject({ status: 'INITIATED', redirect_uri: url });
    expect(connectionData).toMatchObject({ val: { status: 'INITIATED', redirectUrl: url } });
    expect(url).toMatch(new RegExp(`^${sandbox().url}/s/`));
    expect(await control().secrets()).toContain(url);

    const first = await fetch(url ?? '', { redirect: 'manual' });
    expect(first.headers.get('location')).toMatch(new RegExp(`^${sandbox().providerUrl}/auth`));
    const callback = await new Person('ada').approve(url ?? '');
    expect(callback.href).toBe(
      `${callbackUrl}&status=success&connectedAccountId=${id}&appName=${toolkit}`,
    );
    expect(await status(id)).toEqual({ status: 'ACTIVE', reason: null });
    expect(await control().introspect(id)).toEqual(alive);
    const account = await client().connectedAccounts.retrieve(id);
    expect(account.state.val).toMatchObject({
      displayName: 'ada@people.example',
      ...('subdomain' in val && val),
    });
  });

  it('does the same without any state, as the SDK does when it authorizes', async () => {
    const { connectionData } = await create('ac_custom_slack');
    expect(connectionData).toMatchObject({ authScheme: 'OAUTH2', val: { status: 'INITIATED' } });
  });

  it('leads straight to the provider when a long redirect URL is requested', async () => {
    const val = { ...initializing, long_redirect_url: true };
    const { id, redirect_url } = await create('ac_custom_slack', { authScheme: 'OAUTH2', val });
    expect(redirect_url).toMatch(new RegExp(`^${sandbox().providerUrl}/auth`));
    expect(await control().secrets()).toContain(redirect_url);
    const callback = await new Person('ada').approve(redirect_url ?? '');
    expect(callback.searchParams.get('connectedAccountId')).toBe(id);
    expect(await status(id)).toEqual({ status: 'ACTIVE', reason: null });
  });

  it('takes the deprecated names of the state and of the callback URL', async () => {
    const { id, redirect_url } = await client().connectedAccounts.create({
      auth_config: { id: 'ac_custom_zendesk' },
      connection: {
        user_id: newUser(),
        data: { subdomain: 'acme' },
        redirect_uri: 'https://app.example/old',
      },
    });
    const callback = await new Person('ada').approve(redirect_url ?? '');
    expect(`${callback.origin}${callback.pathname}`).toBe('https://app.example/old');
    const { state } = await client().connectedAccounts.retrieve(id);
    expect(state.val).toMatchObject({ status: 'ACTIVE', subdomain: 'acme' });
  });

  it('ends FAILED when the person denies, and the callback says so', async () => {
    const { id, redirect_url } = await create('ac_custom_slack');
    const { searchParams } = await new Person('bob').deny(redirect_url ?? '');
    expect(searchParams.get('status')).toBe('failed');
    expect(searchParams.get('connectedAccountId')).toBe(id);
    expect((await status(id)).status).toBe('FAILED');
  });

  it('makes a URL that lives as long as a link, and works once', async () => {
    const { id, redirect_url } = await create('ac_custom_slack');
    await control().advance(601_000);
    expect((await status(id)).status).toBe('EXPIRED');
    await expect(new Person('ada').open(redirect_url ?? '')).rejects.toThrow('410');

    const second = await create('ac_custom_slack');
    await new Person('ada').approve(second.redirect_url ?? '');
    await expect(new Person('ada').open(second.redirect_url ?? '')).rejects.toThrow('410');
    const asLink = (second.redirect_url ?? '').replace('/s/', '/link/');
    await expect(new Person('ada').open(asLink)).rejects.toThrow('404');
  });

  it('never shows the URL in later reads of the account', async () => {
    const { id } = await create('ac_custom_slack');
    const { state } = await client().connectedAccounts.retrieve(id);
    expect(state.val).toEqual({ status: 'INITIATED', redirectUrl: 'REDACTED' });
  });
});

describe('a create call fails', () => {
  it('for OAuth managed by Composio, which requires a link', async () => {
    for (const id of ['ac_gmail', 'ac_github']) {
      const error = await refusal(create(id, { authScheme: 'OAUTH2', val: initializing }));
      expect(error).toMatchObject(
        refused(400, {
          code: 600,
          slug: 'ConnectedAccount_BadRequest',
          message:
            'Creating connections on this endpoint for Composio-managed OAuth auth configs is no longer supported. Use POST /api/v3/connected_accounts/link instead.',
          suggested_fix: expect.stringContaining('/link') as string,
        }),
      );
    }
  });

  it.each([
    ['an unknown scheme', { authScheme: 'MAGIC', val: { status: 'ACTIVE' } }, 400],
    ['no scheme', { val: { status: 'ACTIVE' } }, 400],
    ['no status', { authScheme: 'API_KEY', val: { api_key: 'tvly-1' } }, 400],
    ['a status of no beginning', { authScheme: 'API_KEY', val: { status: 'EXPIRED' } }, 400],
    ['another scheme', { authScheme: 'BASIC', val: { status: 'ACTIVE', username: 'x' } }, 422],
  ])('for %s', async (_what, state, expected) => {
    const refusal = await errorOf({ auth_config: { id: 'ac_apikey' }, connection: { state } });
    expect(refusal.status).toBe(expected);
    expect(refusal.error['slug']).toEqual(expect.stringMatching(/^ConnectedAccount_/));
    expect(JSON.stringify(refusal)).not.toContain('tvly-1');
  });

  it('for an unknown auth config, and for an invalid body', async () => {
    expect(await errorOf({ auth_config: { id: 'ac_none' }, connection: {} })).toMatchObject({
      status: 404,
    });
    for (const body of [null, [], {}, { auth_config: { id: 'ac_apikey' } }]) {
      expect((await errorOf(body)).status).toBe(400);
    }
  });

  it.each([
    ['ac_custom_zendesk', 'OAUTH2', initializing, 'Subdomain'],
    ['ac_custom_zendesk', 'OAUTH2', { status: 'ACTIVE', subdomain: 'acme' }, 'Access Token'],
    ['ac_apikey', 'API_KEY', { status: 'ACTIVE' }, 'API Key'],
    ['ac_basic', 'BASIC', { status: 'ACTIVE', username: '' }, 'Username'],
    [
      'ac_service_account',
      'SERVICE_ACCOUNT',
      { status: 'ACTIVE', private_key: 'pem-x' },
      'Application ID, Installation ID',
    ],
    ['ac_billcom', 'BILLCOM_AUTH', initializing, 'Session ID, Dev Key'],
  ])('for fields that %s (%s) misses: %j', async (id, authScheme, val, labels) => {
    expect(await refusal(create(id, { authScheme, val }))).toMatchObject(
      refused(400, {
        slug: 'ConnectedAccount_MissingRequiredFields',
        message: `Missing required fields: ${labels}`,
      }),
    );
  });

  it('for credentials that the provider rejects, and quotes them if the provider does', async () => {
    const before = (await control().accounts()).length;
    const slug = 'ConnectedAccount_CredentialValidationRejected';
    const state = { authScheme: 'API_KEY', val: { status: 'ACTIVE', api_key: 'bad-key-0815' } };
    const plain = await refusal(create('ac_apikey', state));
    expect(plain).toMatchObject(refused(400, { slug }));
    expect(JSON.stringify(plain)).not.toContain('bad-key-0815');

    await control().settings({ echoCredentials: true });
    const message = expect.stringContaining('bad-key-0815') as string;
    expect(await refusal(create('ac_apikey', state))).toMatchObject(
      refused(400, { slug, message }),
    );
    await control().settings({ echoCredentials: false });
    expect(await control().accounts()).toHaveLength(before);
  });

  it('for an alias that an account of the user and toolkit has', async () => {
    const connection = { user_id: newUser(), alias: 'work' };
    await create('ac_no_auth', undefined, connection);
    expect(await refusal(create('ac_no_auth', undefined, connection))).toMatchObject(
      refused(400, {
        code: 600,
        message: expect.stringMatching(/alias .*already in use/i) as string,
      }),
    );
    await create('ac_no_auth', undefined, { alias: 'work' });
  });
});
