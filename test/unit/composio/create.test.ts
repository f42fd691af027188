import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuthScheme, authSchemes } from '../../../src/domain/auth-schemes.ts';
import { envelope, json, startUpstream, thrown, type Upstream } from './upstream.ts';

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream(json(200, {}));
});
afterAll(() => upstream.stop());
beforeEach(() => {
  upstream.requests.length = 0;
});

const owner = { userId: 'ada', authConfigId: 'ac_1', alias: 'mooring-1' };
const apiKeyScheme = AuthScheme.APIKey({ api_key: 'k-1234' });

function made(change: Record<string, unknown> = {}) {
  return {
    id: 'ca_1',
    status: 'ACTIVE',
    redirect_url: null,
    redirect_uri: null,
    connectionData: { authScheme: 'API_KEY', val: { status: 'ACTIVE', api_key: 'REDACTED' } },
    ...change,
  };
}

function initiated(redirectUrl: unknown, change: Record<string, unknown> = {}) {
  const val = { status: 'INITIATED', redirectUrl };
  return made({ status: 'INITIATED', connectionData: { authScheme: 'OAUTH2', val }, ...change });
}

const sent = () => upstream.requests.map(({ body }) => JSON.parse(body) as unknown);

describe('createAccount', () => {
  it.each(Object.entries(authSchemes))(
    'sends the input of %s and nothing else',
    async (name, rules) => {
      const [one] = 'oneOf' in rules ? rules.oneOf : [];
      const needed = [...rules.credentials, ...(one === undefined ? [] : [one])];
      const fields = Object.fromEntries([...needed, 'subdomain'].map((field) => [field, 'given']));
      const scheme = AuthScheme[rules.builder](fields as never);
      upstream.answer(json(201, made()));
      const answer = await upstream.api().createAccount({ ...owner, scheme });
      expect(answer).toEqual({ connectedAccountId: 'ca_1', status: 'ACTIVE', redirectUrl: null });
      expect(upstream.requests.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
        'POST /api/v3.1/connected_accounts',
      ]);
      const state = { authScheme: name, val: { status: 'ACTIVE', ...fields } };
      const connection = { user_id: 'ada', alias: 'mooring-1', state };
      expect(sent()).toEqual([{ auth_config: { id: 'ac_1' }, connection }]);
    },
  );

  it('sends callback URL and sharing in snake case, and only the given fields of sharing', async () => {
    upstream.answer(json(201, made()));
    const account = { ...owner, scheme: apiKeyScheme };
    const sharing = { allowedUserIds: ['eve'], notAllowedUserIds: [] };
    await upstream.api().createAccount({ ...account, callbackUrl: 'https://cb.example', sharing });
    await upstream.api().createAccount({ ...account, sharing: { allowAllUsers: true } });
    expect(sent()).toMatchObject([
      { connection: { callback_url: 'https://cb.example' } },
      { connection: { experimental: { account_type: 'SHARED' } } },
    ]);
    const shared = sent().map((body) => (body as Body).connection.experimental);
    expect(shared).toEqual([
      {
        account_type: 'SHARED',
        acl_config_for_shared: { allowed_user_ids: ['eve'], not_allowed_user_ids: [] },
      },
      { account_type: 'SHARED', acl_config_for_shared: { allow_all_users: true } },
    ]);
  });

  it.each([
    [initiated('https://api.example/s/1'), 'INITIATED', 'https://api.example/s/1'],
    [
      initiated(undefined, { redirect_url: 'https://api.example/s/2' }),
      'INITIATED',
      'https://api.example/s/2',
    ],
    [made({ connectionData: undefined }), 'ACTIVE', null],
    [made({ connectionData: { val: {} }, status: 'INITIATED' }), 'INITIATED', null],
    [made({ connectionData: { val: { status: 'SUSPENDED' } } }), 'UNKNOWN', null],
    [made({ connectionData: undefined, status: undefined }), 'UNKNOWN', null],
  ])('reads %j', async (body, status, redirectUrl) => {
    upstream.answer(json(201, body));
    const answer = await upstream.api().createAccount({ ...owner, scheme: AuthScheme.OAuth2() });
    expect(answer).toEqual({ connectedAccountId: 'ca_1', status, redirectUrl });
  });

  it.each([
    made({ id: undefined }),
    made({ id: 'ca_1/x' }),
    made({ connectionData: 'sekrit' }),
    made({ redirect_url: 'javascript:alert(1)' }),
    initiated('/relative'),
    initiated('https://user:sekrit@idp.example/'),
    initiated(7),
    null,
    '',
  ])('reports %j as ambiguous, because the account may exist', async (body) => {
    upstream.answer(json(201, body));
    const error = await thrown(
      upstream.api().createAccount({ ...owner, scheme: AuthScheme.OAuth2() }),
    );
    expect(error).toMatchObject({ kind: 'contract', ambiguous: true });
    expect(error.message).not.toContain('sekrit');
  });

  it('refuses a scheme without its credentials before it sends anything', async () => {
    const scheme = {
      authScheme: 'BEARER_TOKEN',
      val: { status: 'ACTIVE', api_key: 'sekrit' },
    } as const;
    const refused = upstream.api().createAccount({ ...owner, scheme });
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      message: 'scheme.val.token: BEARER_TOKEN needs this field, which must be a nonempty string',
      details: { field: 'scheme.val.token' },
    });
    expect(upstream.requests).toHaveLength(0);
  });
});

interface Body {
  connection: { experimental: unknown };
}

describe('createLink', () => {
  it('sends connection data and sharing', async () => {
    upstream.answer(
      json(201, {
        connected_account_id: 'ca_1',
        redirect_url: 'https://connect.example/link/lk_1',
        expires_at: '2026-01-01T00:10:00.000Z',
      }),
    );
    const sharing = { allowAllUsers: false, notAllowedUserIds: ['eve'] };
    await upstream.api().createLink({ ...owner, connectionData: { subdomain: 'acme' }, sharing });
    expect(sent()).toEqual([
      {
        user_id: 'ada',
        auth_config_id: 'ac_1',
        alias: 'mooring-1',
        connection_data: { subdomain: 'acme' },
        experimental: {
          account_type: 'SHARED',
          acl_config_for_shared: { allow_all_users: false, not_allowed_user_ids: ['eve'] },
        },
      },
    ]);
  });
});

describe('a refusal', () => {
  const retired =
    'Creating connections on this endpoint for Composio-managed OAuth auth configs is no longer supported. Use POST /api/v3/connected_accounts/link instead.';
  const aliasTaken = 'Alias "x" is already in use by another connection for this entity';
  const badRequest = 'ConnectedAccount_BadRequest';

  async function refused(error: Record<string, unknown>, scheme = apiKeyScheme) {
    upstream.answer(envelope(Number(error['status']), error));
    return thrown(upstream.api().createAccount({ ...owner, scheme }));
  }

  it.each([
    [{ status: 400, code: 600, slug: badRequest, message: aliasTaken }, 'alias_in_use'],
    [{ status: 400, code: '600', slug: badRequest, message: aliasTaken }, 'alias_in_use'],
    [{ status: 409, message: aliasTaken.toUpperCase() }, 'alias_in_use'],
    [{ status: 409, message: 'leased by another operation, retry the request' }, 'leased'],
    [{ status: 400, code: 601, message: aliasTaken }, null],
    [{ status: 500, code: 600, message: aliasTaken }, null],
    [{ status: 400, code: 600, slug: badRequest, message: retired }, 'managed_oauth_retired'],
    [{ status: 400, message: 'this is no longer supported' }, null],
    [{ status: 400, message: 'acl_config_for_shared is only valid on SHARED' }, 'acl_on_private'],
    [
      { status: 401, slug: 'ConnectedAccount_CredentialValidationRejected', message: 'no' },
      'credentials_rejected',
    ],
    [{ status: 400, slug: 'ConnectedAccount_MissingRequiredFields' }, 'missing_fields'],
  ])('of %j is %s', async (error, fault) => {
    expect(await refused(error)).toMatchObject({ fault, isAliasClash: fault === 'alias_in_use' });
  });

  it.each([
    ['Missing required fields: Tenant Name', 'Tenant Name'],
    ['Missing required fields: Tenant Name, subdomain', 'Tenant Name, subdomain'],
    ['Missing required fields: got k-1234 for Tenant', 'got *** for Tenant'],
    ['Something is missing', null],
  ])('with missing fields names them: %s', async (message, field) => {
    const slug = 'ConnectedAccount_MissingRequiredFields';
    expect(await refused({ status: 400, slug, message })).toMatchObject({ field });
  });

  it.each([
    [apiKeyScheme, 'api_key'],
    [AuthScheme.Basic({ username: 'ada', password: 'pw' }), null],
  ])('of the credentials of %o names the field if only one is possible', async (scheme, field) => {
    const slug = 'ConnectedAccount_CredentialValidationRejected';
    expect(await refused({ status: 400, slug }, scheme)).toMatchObject({ field });
  });

  it('is recognized by Composio’s original words, even if some are hidden later', async () => {
    const scheme = AuthScheme.APIKey({ api_key: 'already', region: 'link', dc: 'Connected' });
    const alias = { status: 400, code: 600, slug: badRequest, message: aliasTaken };
    expect(await refused(alias, scheme)).toMatchObject({ fault: 'alias_in_use', slug: null });
    const managed = { status: 400, code: 600, slug: badRequest, message: retired };
    expect(await refused(managed, scheme)).toMatchObject({ fault: 'managed_oauth_retired' });
  });
});

describe('a secret that a call was given', () => {
  const password = 'p&s "w"/ö+1\nline two!';
  const json = JSON.stringify({ client_email: 'x', private_key: 'BEGIN\nab/cd/ef\nEND.' });
  const secrets: [string, string][] = [
    ['unchanged', password],
    ['as one of its lines', 'line two!'],
    ['URL-encoded', encodeURIComponent(password)],
    [
      'URL-encoded in lower case',
      encodeURIComponent(password).replace(/%../g, (hex) => hex.toLowerCase()),
    ],
    ['as a form field', new URLSearchParams({ '': password }).toString().slice(1)],
    ['JSON-escaped', JSON.stringify(password).slice(1, -1)],
    ['in base64', Buffer.from(password).toString('base64')],
    ['in base64 without padding', Buffer.from(password).toString('base64').replace(/=+$/, '')],
    ['in base64url', Buffer.from(password).toString('base64url')],
    ['as its JSON', json],
    ['as a line of a text in its JSON', 'ab/cd/ef'],
    ['nested', 'deep'],
  ];
  const val = { status: 'ACTIVE' as const, api_key: password, json, list: [{ inner: 'deep' }] };

  it.each(secrets)('appears in no error that quotes it %s', async (_, echo) => {
    upstream.answer(
      envelope(400, {
        message: `refused: ${echo} is wrong`,
        slug: `Bad_${echo}`,
        code: echo,
        request_id: echo,
      }),
    );
    const error = await thrown(
      upstream.api().createAccount({ ...owner, scheme: { authScheme: 'API_KEY', val } }),
    );
    expect(error.message).toBe('Composio answered 400: refused: *** is wrong');
    expect(error).toMatchObject({ slug: null, code: null, requestId: null });
  });

  it('is hidden before the text is cut, so that no part of it is left', async () => {
    const secret = 'it is a sentence and no token. '.repeat(20);
    const scheme = AuthScheme.BearerToken({ token: secret });
    upstream.answer(envelope(400, { message: `${'very '.repeat(38)}${secret}` }));
    const error = await thrown(upstream.api().createAccount({ ...owner, scheme }));
    expect(error.message).not.toContain('it is');
  });

  it('is also hidden for links and sessions', async () => {
    upstream.answer((response, seen) => {
      const { connection_data, session_uri } = JSON.parse(seen.body) as Record<string, unknown>;
      envelope(400, { message: JSON.stringify([connection_data, session_uri]) })(response, seen);
    });
    const link = { ...owner, connectionData: { shop: 'short one' } };
    expect((await thrown(upstream.api().createLink(link))).message).not.toContain('short one');
    const session = { sessionUri: 'ses 1', userId: 'ada' };
    expect((await thrown(upstream.api().completeAuth(session))).message).not.toContain('ses 1');
  });

  it('hides no normal words if it is short or no secret', async () => {
    upstream.answer(envelope(400, { message: 'it is not ACTIVE in eu1' }));
    const scheme = AuthScheme.APIKey({ api_key: 'k-1234', region: 'eu1' });
    const error = await thrown(upstream.api().createAccount({ ...owner, scheme }));
    expect(error.message).toBe('Composio answered 400: it is not ACTIVE in eu1');
  });
});
