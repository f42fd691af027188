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
  it('makes one request, with the key in one header and nowhere else', async () => {
    upstream.answer(json(200, account()));
    await upstream.api().getAccount('ca_1');
    expect(upstream.requests).toHaveLength(1);
    const [{ method, url, headers, body } = expect.fail()] = upstream.requests;
    expect(`${method} ${url.pathname}`).toBe('GET /api/v3.1/connected_accounts/ca_1');
    expect(headers['x-api-key']).toBe(apiKey);
    const { 'x-api-key': _, ...others } = headers;
    expect(JSON.stringify([others, url, body])).not.toContain(apiKey);
  });

  it('sends nothing when its signal has been aborted, and throws the signal’s reason', async () => {
    const reason = new Error('canceled');
    await expect(upstream.api().getAccount('ca_1', AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(upstream.requests).toHaveLength(0);
  });

  it.each(['', 'default', ' ada', 'ada,eve', 'a\nb'])(
    'refuses the user id %j before anything is sent',
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
    'refuses the account id %j before anything is sent',
    async (id) => {
      const refusal = { code: 'ERR_INVALID_INPUT', details: { field: 'connectedAccountId' } };
      await expect(upstream.api().getAccount(id)).rejects.toMatchObject(refusal);
      await expect(
        upstream.api().deleteAccount(id, { revokeOnDelete: false }),
      ).rejects.toMatchObject(refusal);
      expect(upstream.requests).toHaveLength(0);
    },
  );

  it('needs an API key', () => {
    expect(() => createComposioApi({ apiKey: '' })).toThrow('apiKey: is empty');
  });

  it('may speak plain HTTP to a host other than loopback when it is told to', () => {
    expect(() => createComposioApi({ apiKey, baseUrl: 'http://sandbox:9900' })).not.toThrow();
  });
});

describe('getAccount', () => {
  it('answers a snapshot without the secrets of state, data and params', async () => {
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
  ])('takes an account with %j for %s', async (experimental, accountType) => {
    upstream.answer(json(200, account({ experimental })));
    expect(await upstream.api().getAccount('ca_1')).toMatchObject({ accountType });
  });

  it.each(['id', 'user_id', 'auth_config', 'toolkit', 'created_at'])(
    'refuses an answer without %s, and names the field only',
    async (field) => {
      upstream.answer(json(200, account({ [field]: undefined }), { 'x-request-id': 'req_1' }));
      expect(await thrown(upstream.api().getAccount('ca_1'))).toMatchObject({
        kind: 'contract',
        status: 200,
        requestId: 'req_1',
        ambiguous: true,
        message: `Composio answered 200 with something else than expected in ${field}`,
      });
    },
  );

  it('refuses an account that was not asked for', async () => {
    upstream.answer(json(200, account({ id: 'ca_2' })));
    expect(await thrown(upstream.api().getAccount('ca_1'))).toMatchObject({ kind: 'contract' });
  });

  it('answers null when Composio says 404', async () => {
    upstream.answer(notFound);
    expect(await upstream.api().getAccount('ca_1')).toBeNull();
  });

  it('believes no 404 that is not Composio’s own', async () => {
    upstream.answer((response) => response.writeHead(404).end('<h1>not found</h1>'));
    expect(await thrown(upstream.api().getAccount('ca_1'))).toMatchObject({ status: 404 });
  });
});

describe('createLink', () => {
  it('sends what was asked and nothing else', async () => {
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
    ['ours is hours ahead or behind', 'Thu, 01 Jan 2026 00:00:30 GMT', 570_000],
    ['the link is dead already', 'Thu, 01 Jan 2026 02:00:00 GMT', 0],
    ['the expiry is years away', 'Sat, 01 Jan 2000 00:00:00 GMT', 86_400_000],
  ])('tells the life of a link by the answer’s own clock when %s', async (_, date, lifeMs) => {
    upstream.answer(json(201, madeLink(), { date }));
    expect(await upstream.api().createLink(link)).toEqual({
      connectedAccountId: 'ca_1',
      redirectUrl: 'https://connect.example/link/lk_1',
      expiresAt: '2026-01-01T00:10:00.000Z',
      lifeMs,
    });
  });

  it('tells the life of a link by our clock when the answer has no date', async () => {
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
  ])('calls a link with %j ambiguous: the row may exist', async (change) => {
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
    await expect(
      upstream.api().deleteAccount('ca_1', { revokeOnDelete: true }),
    ).resolves.toBeUndefined();
  });

  it.each([{ success: false }, {}, null])('does not take %j for success', async (body) => {
    upstream.answer(json(200, body));
    const error = await thrown(upstream.api().deleteAccount('ca_1', { revokeOnDelete: true }));
    expect(error).toMatchObject({ kind: 'contract', ambiguous: true });
  });
});
