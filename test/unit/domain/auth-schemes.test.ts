import { describe, expect, it } from 'vitest';
import { AuthScheme } from '../../../src/index.ts';
import { authSchemeProblem } from '../../../src/domain/auth-scheme-problem.ts';
import { authSchemes } from '../../../src/domain/auth-schemes.ts';

const user = { username: 'ada', password: 'pw' };

describe('the builders', () => {
  // The outputs of the SDK’s own helpers, and of our own where the SDK has none.
  it.each([
    [AuthScheme.OAuth2(), 'OAUTH2', { status: 'INITIALIZING' }],
    [AuthScheme.OAuth2({ subdomain: 'x' }), 'OAUTH2', { status: 'INITIALIZING', subdomain: 'x' }],
    [AuthScheme.OAuth2({ access_token: 't' }), 'OAUTH2', { status: 'ACTIVE', access_token: 't' }],
    [
      AuthScheme.OAuth2({ access_token: '' }),
      'OAUTH2',
      { status: 'INITIALIZING', access_token: '' },
    ],
    [
      AuthScheme.OAuth1({ oauth_token: 't' }),
      'OAUTH1',
      { status: 'INITIALIZING', oauth_token: 't' },
    ],
    [
      AuthScheme.OAuth1({ oauth_token: 't', oauth_token_secret: 's' }),
      'OAUTH1',
      { status: 'ACTIVE', oauth_token: 't', oauth_token_secret: 's' },
    ],
    [AuthScheme.APIKey({ api_key: 'k' }), 'API_KEY', { status: 'ACTIVE', api_key: 'k' }],
    [
      AuthScheme.APIKey({ generic_api_key: 'k', region: 'eu' }),
      'API_KEY',
      { status: 'ACTIVE', generic_api_key: 'k', region: 'eu' },
    ],
    [AuthScheme.Basic(user), 'BASIC', { status: 'ACTIVE', ...user }],
    [AuthScheme.BearerToken({ token: 't' }), 'BEARER_TOKEN', { status: 'ACTIVE', token: 't' }],
    [
      AuthScheme.GoogleServiceAccount({ credentials_json: '{}' }),
      'GOOGLE_SERVICE_ACCOUNT',
      { status: 'ACTIVE', credentials_json: '{}' },
    ],
    [AuthScheme.NoAuth(), 'NO_AUTH', { status: 'ACTIVE' }],
    [AuthScheme.CalcomAuth({ domain: 'd' }), 'CALCOM_AUTH', { status: 'ACTIVE', domain: 'd' }],
    [AuthScheme.BasicWithJWT(user), 'BASIC_WITH_JWT', { status: 'ACTIVE', ...user }],
    [
      AuthScheme.BillcomAuth({ sessionId: 's', devKey: 'd' }),
      'BILLCOM_AUTH',
      { status: 'ACTIVE', sessionId: 's', devKey: 'd' },
    ],
    [
      AuthScheme.ServiceAccount({ application_id: 'a', installation_id: 'i', private_key: 'p' }),
      'SERVICE_ACCOUNT',
      { status: 'ACTIVE', application_id: 'a', installation_id: 'i', private_key: 'p' },
    ],
    [
      AuthScheme.DcrOAuth({ client_id: 'c' }),
      'DCR_OAUTH',
      { status: 'INITIALIZING', client_id: 'c' },
    ],
    [
      AuthScheme.DcrOAuth({ client_id: 'c', access_token: 't' }),
      'DCR_OAUTH',
      { status: 'ACTIVE', client_id: 'c', access_token: 't' },
    ],
    [
      AuthScheme.CimdOAuth({ client_id: 'c', access_token: 't' }),
      'CIMD_OAUTH',
      { status: 'ACTIVE', client_id: 'c', access_token: 't' },
    ],
    [
      AuthScheme.S2SOAuth2({ access_token: 't' }),
      'S2S_OAUTH2',
      { status: 'ACTIVE', access_token: 't' },
    ],
    [AuthScheme.Saml(), 'SAML', { status: 'ACTIVE' }],
    [
      AuthScheme.OAuth2({ access_token: 't', status: 'INITIALIZING' }),
      'OAUTH2',
      { status: 'INITIALIZING', access_token: 't' },
    ],
  ])('make %j', (made, authScheme, val) => {
    expect(made).toStrictEqual({ authScheme, val });
    expect(JSON.stringify(made)).toBe(JSON.stringify({ authScheme, val }));
  });

  it('exist for every scheme, and return nothing that the input check refuses', () => {
    for (const { builder, credentials, ...rules } of Object.values(authSchemes)) {
      const [one] = 'oneOf' in rules ? rules.oneOf : [];
      const needed = [...credentials, ...(one === undefined ? [] : [one])];
      const fields = Object.fromEntries(needed.map((field) => [field, 'given']));
      const made = AuthScheme[builder](fields as never);
      expect(authSchemeProblem(made)).toBeNull();
      expect(made.val.status).toBe('ACTIVE');
    }
  });

  it('are typed: a required field cannot be left out', () => {
    const wrong = [
      // @ts-expect-error a token is needed
      () => AuthScheme.BearerToken({ subdomain: 'x' }),
      // @ts-expect-error one of the spellings is needed
      () => AuthScheme.APIKey({ token: 'x' }),
      // @ts-expect-error a credential is a text
      () => AuthScheme.OAuth2({ access_token: 7 }),
      // @ts-expect-error both are needed
      () => AuthScheme.BasicWithJWT({ username: 'ada' }),
      // @ts-expect-error no such name in the SDK
      () => AuthScheme.ApiKey,
    ];
    expect(wrong).toHaveLength(5);
  });
});

describe('authSchemeProblem', () => {
  const sekrit = 'sekrit-value';

  it.each([
    [null, ''],
    [sekrit, ''],
    [[], ''],
    [{}, 'authScheme'],
    [{ auth_scheme: 'API_KEY', val: { status: 'ACTIVE' } }, 'authScheme'],
    [{ authScheme: sekrit, val: {} }, 'authScheme'],
    [{ authScheme: 'constructor', val: {} }, 'authScheme'],
    [{ authScheme: 7, val: {} }, 'authScheme'],
    [{ authScheme: 'API_KEY' }, 'val'],
    [{ authScheme: 'API_KEY', val: sekrit }, 'val'],
    [{ authScheme: 'API_KEY', val: [sekrit] }, 'val'],
    [{ authScheme: 'API_KEY', val: { api_key: sekrit } }, 'val.status'],
    [{ authScheme: 'API_KEY', val: { status: sekrit, api_key: sekrit } }, 'val.status'],
    [{ authScheme: 'API_KEY', val: { status: 'REVOKED', api_key: sekrit } }, 'val.status'],
    [{ authScheme: 'API_KEY', val: { status: 'ACTIVE', token: sekrit } }, 'val'],
    [{ authScheme: 'API_KEY', val: { status: 'ACTIVE', api_key: '' } }, 'val'],
    [{ authScheme: 'BEARER_TOKEN', val: { status: 'ACTIVE', api_key: sekrit } }, 'val.token'],
    [{ authScheme: 'BEARER_TOKEN', val: { status: 'INITIALIZING' } }, 'val.token'],
    [{ authScheme: 'BEARER_TOKEN', val: { status: 'ACTIVE', token: [sekrit] } }, 'val.token'],
    [{ authScheme: 'BASIC_WITH_JWT', val: { status: 'ACTIVE', username: sekrit } }, 'val.password'],
    [{ authScheme: 'OAUTH2', val: { status: 'ACTIVE', api_key: sekrit } }, 'val.access_token'],
  ])('finds in %j the mistake in %s, and never quotes a value', (value, field) => {
    const problem = authSchemeProblem(value);
    expect(problem?.field).toBe(field);
    expect(problem?.message).toMatch(/^[A-Z\d_ ,a-z]+$/);
    expect(JSON.stringify(problem)).not.toContain(sekrit);
  });

  it.each([
    { authScheme: 'OAUTH2', val: { status: 'INITIALIZING' } },
    { authScheme: 'OAUTH2', val: { status: 'INITIALIZING', subdomain: 'acme' } },
    { authScheme: 'API_KEY', val: { status: 'ACTIVE', basic_encoded: 'x', dc: 'us1', n: 7 } },
    { authScheme: 'NO_AUTH', val: { status: 'ACTIVE' } },
    { authScheme: 'BASIC', val: { status: 'ACTIVE', username: 'ada' } },
  ])('finds no mistake in %j', (value) => {
    expect(authSchemeProblem(value)).toBeNull();
  });
});
