import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createComposioApi } from '../../../src/composio/client.ts';
import {
  account,
  apiKey,
  envelope,
  json,
  startUpstream,
  thrown,
  type Upstream,
} from './upstream.ts';

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
const owner = { userId: 'ada', authConfigId: 'ac_1' };
const link = { ...owner, alias: 'mooring-1' };

function madeLink(change: Record<string, unknown> = {}) {
  return {
    link_token: 'lk_1',
    connected_account_id: 'ca_1',
    redirect_url: 'https://connect.example/link/lk_1',
    expires_at: '2026-01-01T00:10:00.000Z',
    ...change,
  };
}

describe('every call', () => {
  it('sends one request, with the key in one header and nowhere else', async () => {
    upstream.answer(json(200, account()));
    await upstream.api().getAccount('ca_1');
    expect(upstream.requests).toHaveLength(1);
    const [{ method, url, headers, body } = expect.fail()] = upstream.requests;
    expect(`${method} ${url.pathname}`).toBe('GET /api/v3.1/connected_accounts/ca_1');
    expect(headers['x-api-key']).toBe(apiKey);
    const { 'x-api-key': _, ...others } = headers;
    expect(JSON.stringify([others, url, body])).not.toContain(apiKey);
  });

  it('sends nothing if its signal is aborted, and throws the signal’s reason', async () => {
    const reason = new Error('canceled');
    await expect(upstream.api().getAccount('ca_1', AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(upstream.requests).toHaveLength(0);
  });

  it.each(['', 'default', ' ada', 'ada,eve', 'a\nb'])(
    'refuses the user id %j before it sends anything',
    async (userId) => {
      const refusal = { code: 'ERR_INVALID_INPUT', details: { field: 'userId' } };
      await expect(upstream.api().listAccounts({ ...owner, userId })).rejects.toMatchObject(
        refusal,
      );
      await expect(upstream.api().createLink({ ...link, userId })).rejects.toMatchObject(refusal);
      expect(upstream.requests).toHaveLength(0);
    },
  );

  it.each(['', '..', 'ca_1/revoke', 'ca_1?x', 'ca_1,ca_2', '%2e%2e'])(
    'refuses the account id %j before it sends anything',
    async (id) => {
      const refusal = { code: 'ERR_INVALID_INPUT', details: { field: 'connectedAccountId' } };
      await expect(upstream.api().getAccount(id)).rejects.toMatchObject(refusal);
      await expect(
        upstream.api().deleteAccount(id, { revokeOnDelete: false }),
      ).rejects.toMatchObject(refusal);
      await expect(upstream.api().setAlias(id, 'work')).rejects.toMatchObject(refusal);
      await expect(upstream.api().setEnabled(id, true)).rejects.toMatchObject(refusal);
      expect(upstream.requests).toHaveLength(0);
    },
  );

  it('needs an API key', () => {
    expect(() => createComposioApi({ apiKey: '' })).toThrow('apiKey: is empty');
  });

  it('uses plain HTTP to a host other than loopback only if that is allowed', () => {
    expect(() => createComposioApi({ apiKey, baseUrl: 'http://sandbox:9900' })).not.toThrow();
  });
});

describe('getAccount', () => {
  it('returns a snapshot without the secrets of state, data and params', async () => {
    upstream.answer(json(200, account({ brand_new: { field: 'sekrit-extra' } })));
    const snapshot = await upstream.api().getAccount('ca_1');
    expect(snapshot).toEqual({
      id: 'ca_1',
      userId: 'ada',
      authConfigId: 'ac_1',
      toolkit: 'gmail',
      status: 'ACTIVE',
      statusReason: null,
      alias: null,
      accountType: 'PRIVATE',
      updatedAt: '2026-01-01T00:00:00.000Z',
      authScheme: 'OAUTH2',
      createdAt: '2026-01-01T00:00:00.000Z',
      identity: null,
    });
  });

  it.each(['active', 'SUSPENDED', '', null, 7, undefined])(
    'reads the status %j as UNKNOWN',
    async (status) => {
      upstream.answer(json(200, account({ status })));
      expect(await upstream.api().getAccount('ca_1')).toMatchObject({ status: 'UNKNOWN' });
    },
  );

  it.each([
    [undefined, 'PRIVATE'],
    [{}, 'PRIVATE'],
    [{ account_type: 'SHARED' }, 'SHARED'],
    [{ account_type: 'TEAM' }, 'SHARED'],
  ])('reads an account with %j as %s', async (experimental, accountType) => {
    upstream.answer(json(200, account({ experimental })));
    expect(await upstream.api().getAccount('ca_1')).toMatchObject({ accountType });
  });

  it.each(['id', 'auth_config', 'toolkit', 'created_at'])(
    'refuses an answer without %s, and names only the field',
    async (field) => {
      upstream.answer(json(200, account({ [field]: undefined }), { 'x-request-id': 'req_1' }));
      expect(await thrown(upstream.api().getAccount('ca_1'))).toMatchObject({
        kind: 'contract',
        status: 200,
        requestId: 'req_1',
        ambiguous: true,
        message: `Composio answered 200 with an unexpected value in ${field}`,
      });
    },
  );

  it('refuses an answer about another account', async () => {
    upstream.answer(json(200, account({ id: 'ca_2' })));
    expect(await thrown(upstream.api().getAccount('ca_1'))).toMatchObject({ kind: 'contract' });
  });

  it('returns null if Composio answers 404', async () => {
    upstream.answer(notFound);
    expect(await upstream.api().getAccount('ca_1')).toBeNull();
  });

  it('does not trust a 404 that is not from Composio', async () => {
    upstream.answer((response) => response.writeHead(404).end('<h1>not found</h1>'));
    expect(await thrown(upstream.api().getAccount('ca_1'))).toMatchObject({ status: 404 });
  });
});

describe('the identity of an account', () => {
  const named = (displayName: unknown, state: object = {}) =>
    json(200, account({ state: { val: { displayName, access_token: 'sekrit' }, ...state } }));

  async function identityOf(displayName: unknown, api = upstream.api()) {
    upstream.answer(named(displayName));
    return (await api.getAccount('ca_1'))?.identity;
  }

  it.each([
    ['ada@provider.example', 'a…@p….example'],
    ['  Ada.L@Mail.Provider.Example ', 'A…@M….Example'],
    ['Ada Lovelace', 'A…'],
    ['@ada', 'a…'],
    ['ada@localhost', 'a…'],
    ['Ada <ada@provider.example>', 'A…'],
    ['!!', '…'],
  ])('for %j shows no more than %s', async (displayName, label) => {
    const identity = await identityOf(displayName);
    expect(identity).toEqual({ label, hash: expect.stringMatching(/^[\w-]{22}$/) });
  });

  it('is the same for any spelling of a name, and differs for another name or key', async () => {
    const ada = await identityOf('ada@provider.example');
    expect((await identityOf(' ADA@Provider.example'))?.hash).toBe(ada?.hash);
    expect((await identityOf('eve@provider.example'))?.hash).not.toBe(ada?.hash);
    const other = createComposioApi({ apiKey: 'ak_another', baseUrl: upstream.baseUrl });
    expect((await identityOf('ada@provider.example', other))?.hash).not.toBe(ada?.hash);
  });

  it.each([undefined, null, 7, '', '  ', 'REDACTED', 'ada@...'])(
    'is unknown for %j',
    async (displayName) => {
      expect(await identityOf(displayName)).toBeNull();
    },
  );

  it.each([undefined, null, 'text', {}, { val: null }])(
    'is unknown for a state of %j',
    async (state) => {
      upstream.answer(json(200, account({ state })));
      expect(await upstream.api().getAccount('ca_1')).toMatchObject({ identity: null });
    },
  );

  it('reveals nothing else of the state', async () => {
    upstream.answer(named('ada@provider.example'));
    const shown = JSON.stringify(await upstream.api().getAccount('ca_1'));
    expect(shown).not.toMatch(/sekrit|provider|ada@/);
  });
});

describe('who may use an account', () => {
  it.each([
    [
      {
        allow_all_users: false,
        allowed_user_ids: ['eve'],
        not_allowed_user_ids: [],
        brand_new: 'x',
      },
      { allowAllUsers: false, allowedUserIds: ['eve'], notAllowedUserIds: [] },
    ],
    [{ allow_all_users: true }, { allowAllUsers: true }],
    [{}, {}],
    [undefined, undefined],
    [null, undefined],
    [{ allowed_user_ids: 'eve' }, undefined],
  ])('is read from %j as %j', async (acl_config_for_shared, sharing) => {
    const experimental = { account_type: 'SHARED', acl_config_for_shared };
    upstream.answer(json(200, account({ experimental })));
    const snapshot = await upstream.api().getAccount('ca_1');
    expect(snapshot?.accountType).toBe('SHARED');
    expect(snapshot?.sharing).toEqual(sharing);
  });
});

describe('setAlias', () => {
  it.each(['work', ''])('sends %j and returns the status', async (alias) => {
    upstream.answer(json(200, { success: true, id: 'ca_1', status: 'ACTIVE' }));
    expect(await upstream.api().setAlias('ca_1', alias)).toEqual({ status: 'ACTIVE' });
    const [{ method, url, body } = expect.fail()] = upstream.requests;
    expect(`${method} ${url.pathname}`).toBe('PATCH /api/v3.1/connected_accounts/ca_1');
    expect(JSON.parse(body)).toEqual({ alias });
  });

  it('returns null for an account that is gone', async () => {
    upstream.answer(notFound);
    expect(await upstream.api().setAlias('ca_1', 'work')).toBeNull();
  });

  it('reports a clash', async () => {
    upstream.answer(envelope(409, { message: 'Alias "work" is already in use' }));
    const error = await thrown(upstream.api().setAlias('ca_1', 'work'));
    expect(error.isAliasClash).toBe(true);
  });

  it.each([
    { success: false, id: 'ca_1', status: 'ACTIVE' },
    { success: true, id: 'ca_2', status: 'ACTIVE' },
    { success: true },
    null,
  ])('refuses %j as an answer', async (body) => {
    upstream.answer(json(200, body));
    const error = await thrown(upstream.api().setAlias('ca_1', 'work'));
    expect(error).toMatchObject({ kind: 'contract', ambiguous: true });
  });

  it('reads an unknown status as UNKNOWN', async () => {
    upstream.answer(json(200, { success: true, id: 'ca_1', status: 'SUSPENDED' }));
    expect(await upstream.api().setAlias('ca_1', 'work')).toEqual({ status: 'UNKNOWN' });
  });
});

describe('setEnabled', () => {
  it.each([true, false])('sends enabled: %s and nothing else', async (enabled) => {
    upstream.answer(json(200, { success: true }));
    await upstream.api().setEnabled('ca_1', enabled);
    const [{ method, url, body } = expect.fail()] = upstream.requests;
    expect(`${method} ${url.pathname}`).toBe('PATCH /api/v3.1/connected_accounts/ca_1/status');
    expect(JSON.parse(body)).toEqual({ enabled });
  });

  it('reports an account that is gone, or that another operation has leased', async () => {
    upstream.answer(notFound);
    expect(await thrown(upstream.api().setEnabled('ca_1', false))).toMatchObject({ status: 404 });
    upstream.answer(envelope(409, { message: 'leased' }));
    expect(await thrown(upstream.api().setEnabled('ca_1', false))).toMatchObject({ status: 409 });
  });

  it.each([{ success: false }, {}, null])('does not accept %j as success', async (body) => {
    upstream.answer(json(200, body));
    const error = await thrown(upstream.api().setEnabled('ca_1', true));
    expect(error).toMatchObject({ kind: 'contract', ambiguous: true });
  });
});

describe('completeAuth', () => {
  const session = { sessionUri: 'https://composio.example/session/1', userId: 'ada' };

  it('sends Composio the user who returned, once', async () => {
    upstream.answer(json(200, { connected_account_id: 'ca_1', toolkit_slug: 'gmail' }));
    expect(await upstream.api().completeAuth(session)).toEqual({ connectedAccountId: 'ca_1' });
    expect(upstream.requests).toHaveLength(1);
    const [{ method, url, headers, body } = expect.fail()] = upstream.requests;
    expect(`${method} ${url.pathname}`).toBe('POST /api/v3.1/connected_accounts/complete_auth');
    expect(headers['x-api-key']).toBe(apiKey);
    expect(JSON.parse(body)).toEqual({ session_uri: session.sessionUri, user_id: 'ada' });
  });

  it.each([400, 404, 500])('is sent only once, also if the answer is %i', async (status) => {
    upstream.answer(envelope(status, { message: 'identity mismatch' }));
    expect(await thrown(upstream.api().completeAuth(session))).toMatchObject({ status });
    expect(upstream.requests).toHaveLength(1);
  });

  it.each([
    ['sessionUri', { ...session, sessionUri: '' }],
    ['userId', { ...session, userId: 'default' }],
  ])('refuses a wrong %s before it sends anything', async (field, wrong) => {
    const refused = upstream.api().completeAuth(wrong);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT', details: { field } });
    expect(upstream.requests).toHaveLength(0);
  });

  it.each([{ connected_account: { id: 'ca_1' } }, { connected_account_id: '' }, null])(
    'refuses %j as an answer',
    async (body) => {
      upstream.answer(json(200, body));
      const error = await thrown(upstream.api().completeAuth(session));
      expect(error).toMatchObject({ kind: 'contract', ambiguous: true });
    },
  );
});

describe('createLink', () => {
  it('sends the given input and nothing else', async () => {
    upstream.answer(json(201, madeLink()));
    await upstream.api().createLink({ ...link, callbackUrl: 'https://mooring.example/callback' });
    await upstream.api().createLink(link);
    const sent = { user_id: 'ada', auth_config_id: 'ac_1', alias: 'mooring-1' };
    expect(upstream.requests.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { ...sent, callback_url: 'https://mooring.example/callback' },
      sent,
    ]);
  });

  it.each([
    ['our clock is hours ahead or behind', 'Thu, 01 Jan 2026 00:00:30 GMT', 570_000],
    ['the link is dead already', 'Thu, 01 Jan 2026 02:00:00 GMT', 0],
    ['the expiry is years away', 'Sat, 01 Jan 2000 00:00:00 GMT', 86_400_000],
  ])('computes the life of a link with the answer’s own clock if %s', async (_, date, lifeMs) => {
    upstream.answer(json(201, madeLink(), { date }));
    expect(await upstream.api().createLink(link)).toEqual({
      connectedAccountId: 'ca_1',
      redirectUrl: 'https://connect.example/link/lk_1',
      expiresAt: '2026-01-01T00:10:00.000Z',
      lifeMs,
    });
  });

  it('computes the life of a link with our clock if the answer has no date', async () => {
    const expires_at = new Date(Date.now() + 600_000).toISOString();
    upstream.answer((response, seen) => {
      response.sendDate = false;
      json(201, madeLink({ expires_at }))(response, seen);
    });
    const { lifeMs } = await upstream.api().createLink(link);
    expect(lifeMs).toBeGreaterThan(590_000);
    expect(lifeMs).toBeLessThanOrEqual(600_000);
  });

  it.each([
    { redirect_url: 'javascript:alert(1)' },
    { redirect_url: '/relative' },
    { redirect_url: undefined },
    { expires_at: 'soon' },
    { connected_account_id: null },
  ])('reports a link with %j as ambiguous, because the account may exist', async (change) => {
    upstream.answer(json(201, madeLink(change)));
    expect(await thrown(upstream.api().createLink(link))).toMatchObject({
      kind: 'contract',
      ambiguous: true,
    });
  });
});

describe('deleteAccount', () => {
  it.each([
    [true, 'true'],
    [false, null],
  ])('asks for revocation: %s', async (revokeOnDelete, parameter) => {
    upstream.answer(json(200, { success: true, revoke_job_id: 'pj_1' }));
    await upstream.api().deleteAccount('ca_1', { revokeOnDelete });
    expect(upstream.requests).toHaveLength(1);
    expect(upstream.requests[0]?.method).toBe('DELETE');
    expect(upstream.requests[0]?.url.searchParams.get('revoke_on_delete')).toBe(parameter);
  });

  it('counts an account that is gone as deleted', async () => {
    upstream.answer(notFound);
    await expect(upstream.api().deleteAccount('ca_1', { revokeOnDelete: true })).resolves.toEqual({
      requestId: null,
    });
  });

  it.each([{ success: false }, {}, null])('does not accept %j as success', async (body) => {
    upstream.answer(json(200, body));
    const error = await thrown(upstream.api().deleteAccount('ca_1', { revokeOnDelete: true }));
    expect(error).toMatchObject({ kind: 'contract', ambiguous: true });
  });
});
