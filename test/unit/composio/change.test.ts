import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuthScheme } from '../../../src/domain/auth-schemes.ts';
import { envelope, json, startUpstream, thrown, type Upstream } from './upstream.ts';

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream(json(200, {}));
});
afterAll(() => upstream.stop());
beforeEach(() => {
  upstream.requests.length = 0;
});

const notFound = envelope(404, {
  message: 'Connected account "ca_1" not found',
  code: 606,
  slug: 'ConnectedAccount_ResourceNotFound',
});
const patched = { success: true, id: 'ca_1', status: 'ACTIVE' };

function sent(n = 0): unknown {
  return JSON.parse(upstream.requests[n]?.body || 'null');
}

describe('patchCredentials', () => {
  it('sends the fields and nothing else, null for a field to remove', async () => {
    upstream.answer(json(200, patched));
    const { authScheme, val } = AuthScheme.APIKey({ api_key: 'sekrit-new' });
    const change = { authScheme, val: { ...val, generic_id: null } };
    expect(await upstream.api().patchCredentials('ca_1', change)).toEqual({ status: 'ACTIVE' });
    const [{ method, url } = expect.fail()] = upstream.requests;
    expect(`${method} ${url.pathname}`).toBe('PATCH /api/v3.1/connected_accounts/ca_1');
    expect(sent()).toEqual({
      connection: {
        state: { authScheme: 'API_KEY', val: { api_key: 'sekrit-new', generic_id: null } },
      },
    });
  });

  it('returns null for an account that is gone', async () => {
    upstream.answer(notFound);
    const change = AuthScheme.BearerToken({ token: 'sekrit' });
    expect(await upstream.api().patchCredentials('ca_1', change)).toBeNull();
  });

  it.each([
    ['authScheme', { authScheme: 'OAUTH2', val: { access_token: 'sekrit-x' } }],
    ['authScheme', { authScheme: 'NO_AUTH', val: {} }],
    ['val', { authScheme: 'API_KEY', val: {} }],
    ['val', { authScheme: 'API_KEY', val: { status: 'ACTIVE' } }],
    ['val.api_key', { authScheme: 'API_KEY', val: { api_key: 7 } }],
  ] as const)('refuses a wrong %s before it sends anything: %j', async (field, change) => {
    const refused = upstream.api().patchCredentials('ca_1', change);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT', details: { field } });
    await refused.catch((error: unknown) => expect(inspect(error)).not.toContain('sekrit'));
    expect(upstream.requests).toHaveLength(0);
  });

  it('quotes no credential that Composio has quoted', async () => {
    upstream.answer(envelope(400, { message: 'the key tiger lily 7 was not taken', code: 600 }));
    const change = AuthScheme.APIKey({ api_key: 'tiger lily 7' });
    const error = await thrown(upstream.api().patchCredentials('ca_1', change));
    expect(error.message).toContain('was not taken');
    expect(inspect(error, { depth: null })).not.toContain('tiger');
  });
});

describe('setSharing', () => {
  it('sends the given lists: an empty list empties, and a missing list stays', async () => {
    upstream.answer(json(200, patched));
    await upstream.api().setSharing('ca_1', { allowAllUsers: false, notAllowedUserIds: [] });
    await upstream.api().setSharing('ca_1', { allowedUserIds: ['eve'] });
    expect([sent(0), sent(1)]).toEqual(
      [{ allow_all_users: false, not_allowed_user_ids: [] }, { allowed_user_ids: ['eve'] }].map(
        (acl) => ({ experimental: { acl_config_for_shared: acl } }),
      ),
    );
  });

  it('reports an account that is PRIVATE, and one that is gone', async () => {
    upstream.answer(
      envelope(400, { message: 'acl_config_for_shared is only valid on SHARED connections' }),
    );
    const error = await thrown(upstream.api().setSharing('ca_1', { allowAllUsers: true }));
    expect(error.fault).toBe('acl_on_private');
    upstream.answer(notFound);
    expect(await upstream.api().setSharing('ca_1', { allowAllUsers: true })).toBeNull();
  });
});

describe('refreshAccount', () => {
  const redirectUrl = 'https://mooring.example/callback?t=sekrit-token';

  it('sends what is given, and returns the API’s answer with or without a redirect URL', async () => {
    const provider = 'https://provider.example/auth';
    upstream.answer(json(200, { id: 'ca_1', status: 'INITIATED', redirect_url: provider }));
    const options = { redirectUrl, validateCredentials: true };
    expect(await upstream.api().refreshAccount('ca_1', options)).toEqual({
      status: 'INITIATED',
      redirectUrl: provider,
    });
    upstream.answer(json(200, { id: 'ca_1', status: 'ACTIVE', redirect_url: null }));
    expect(await upstream.api().refreshAccount('ca_1')).toEqual({
      status: 'ACTIVE',
      redirectUrl: null,
    });
    const [{ method, url } = expect.fail(), second] = upstream.requests;
    expect(`${method} ${url.pathname}`).toBe('POST /api/v3.1/connected_accounts/ca_1/refresh');
    expect(url.searchParams.get('redirect_url')).toBe(redirectUrl);
    expect(sent(0)).toEqual({ redirect_url: redirectUrl, validate_credentials: true });
    expect([sent(1), second?.url.search]).toEqual([{}, '']);
  });

  it('returns null for an account that is gone', async () => {
    upstream.answer(notFound);
    expect(await upstream.api().refreshAccount('ca_1')).toBeNull();
  });

  it.each([400, 409, 422, 500])('sends one request, also if the answer is %i', async (status) => {
    upstream.answer(envelope(status, { message: `no: ${redirectUrl}` }));
    const error = await thrown(upstream.api().refreshAccount('ca_1', { redirectUrl }));
    expect(error).toMatchObject({ status, ambiguous: status === 500 });
    expect(inspect(error, { depth: null })).not.toContain('sekrit');
    expect(upstream.requests).toHaveLength(1);
  });

  it.each([
    { id: 'ca_2', status: 'ACTIVE' },
    { id: 'ca_1', status: 'INITIATED', redirect_url: 'javascript:alert(1)' },
    null,
  ])('refuses %j as an answer', async (body) => {
    upstream.answer(json(200, body));
    const error = await thrown(upstream.api().refreshAccount('ca_1'));
    expect(error).toMatchObject({ kind: 'contract', ambiguous: true });
  });
});

describe('a refusal to enable or disable', () => {
  async function refusal(status: number, error: Record<string, unknown>) {
    upstream.answer(envelope(status, error));
    return thrown(upstream.api().setEnabled('ca_1', true));
  }

  it.each([
    ['The connected account is leased by another operation, retry the request', 'leased'],
    ['A concurrent write holds the connection lease', 'leased'],
    ['Invalid transition from EXPIRED to ACTIVE', 'invalid_transition'],
    ['A connected account that is EXPIRED cannot be enabled or disabled', 'invalid_transition'],
    ['Conflict', null],
  ])('is recognized by Composio’s words: %s', async (message, fault) => {
    expect(await refusal(409, { message })).toMatchObject({ status: 409, fault, isGone: false });
  });

  it('counts as gone only with a 404 from Composio', async () => {
    upstream.answer(notFound);
    expect((await thrown(upstream.api().setEnabled('ca_1', true))).isGone).toBe(true);
    upstream.answer(json(404, { message: 'no such page' }));
    expect((await thrown(upstream.api().setEnabled('ca_1', true))).isGone).toBe(false);
  });
});
