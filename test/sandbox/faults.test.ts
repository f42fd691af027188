import { beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../sandbox/control.ts';
import { refusal, useSandbox } from './support.ts';

const { client, control, fetch: call, link, newUser, sandbox } = useSandbox();
const listRoute = 'GET /connected_accounts';
const linkRoute = 'POST /connected_accounts/link';
const path = '/api/v3.1/connected_accounts';

beforeEach(async () => {
  await control().clearFaults();
  await control().resetCalls();
});

const onList = (fault: Fault) => control().fault({ route: listRoute, fault });
const causeOf = (error: unknown) =>
  error instanceof Error && error.cause instanceof Error && 'code' in error.cause
    ? error.cause.code
    : null;

describe('a fault', () => {
  it('answers an error in the envelope, or any body', async () => {
    await onList({ kind: 'status', status: 503, code: 7, slug: 'Busy', message: 'later' });
    expect(await refusal(client().connectedAccounts.list())).toMatchObject({
      status: 503,
      error: { error: { code: 7, slug: 'Busy', message: 'later', status: 503 } },
    });
    await onList({ kind: 'status', status: 500, body: { odd: true } });
    const response = await call(path);
    expect(await response.json()).toEqual({ odd: true });
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('applies the call before the error if set to', async () => {
    for (const applied of [false, true]) {
      const userId = newUser();
      await control().fault({ route: linkRoute, fault: { kind: 'status', status: 500, applied } });
      expect(await refusal(link({ user_id: userId }))).toMatchObject({ status: 500 });
      expect(await control().accounts({ userId })).toHaveLength(applied ? 1 : 0);
    }
  });

  it('delays before or after the call is applied', async () => {
    const userId = newUser();
    await control().fault({ route: linkRoute, fault: { kind: 'delay', afterMs: 2_000 } });
    const started = Date.now();
    const answer = link({ user_id: userId });
    await expect.poll(() => control().accounts({ userId })).toHaveLength(1);
    expect(Date.now() - started).toBeLessThan(2_000);
    await answer;
    expect(Date.now() - started).toBeGreaterThanOrEqual(2_000);

    await control().fault({ route: linkRoute, fault: { kind: 'delay', beforeMs: 1_000 } });
    const slow = link({ user_id: userId });
    await expect.poll(async () => (await control().calls())[linkRoute]).toBe(2);
    expect(await control().accounts({ userId })).toHaveLength(1);
    await slow;
    expect(await control().accounts({ userId })).toHaveLength(2);
  });

  it('drops the connection before or after the call is applied', async () => {
    for (const kind of ['dropBefore', 'applyThenDrop'] as const) {
      const userId = newUser();
      await control().fault({ route: linkRoute, fault: { kind } });
      const error = await refusal(
        call(`${path}/link`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ auth_config_id: 'ac_gmail', user_id: userId }),
        }),
      );
      expect(['ECONNRESET', 'UND_ERR_SOCKET']).toContain(causeOf(error));
      expect(await control().accounts({ userId })).toHaveLength(kind === 'dropBefore' ? 0 : 1);
    }
    const log = await control().callLog();
    expect(log.map(({ fault, status }) => ({ fault, status }))).toEqual([
      { fault: 'dropBefore', status: null },
      { fault: 'applyThenDrop', status: 201 },
    ]);
  });

  it('stalls in the middle of the body', async () => {
    await onList({ kind: 'stalledBody' });
    const response = await call(path, { signal: AbortSignal.timeout(300) });
    expect(response.status).toBe(200);
    expect(await refusal(response.text())).toMatchObject({ name: 'TimeoutError' });
  });

  it('breaks off in the middle of the body', async () => {
    await onList({ kind: 'truncatedBody' });
    const response = await call(path);
    expect(response.status).toBe(200);
    expect(causeOf(await refusal(response.text()))).toBe('UND_ERR_SOCKET');
  });

  it('answers as a proxy in front of the API', async () => {
    await onList({ kind: 'html502' });
    const response = await call(path);
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toContain('502 Bad Gateway');
  });

  it('redirects to a page that a trusting client takes for success', async () => {
    await onList({ kind: 'redirect' });
    const response = await call(path);
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/elsewhere');
    await control().fault({ route: linkRoute, fault: { kind: 'redirect' } });
    expect(await link()).toEqual({});
  });

  it('refuses with a flat 429 and any Retry-After', async () => {
    await onList({ kind: 'rateLimited', retryAfterSeconds: 61 });
    const response = await call(path);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('61');
    expect(response.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(await response.json()).toEqual({
      message: 'Rate limit exceeded. Limit: 2000 requests per 1 minutes',
    });
  });

  it('hits the n-th call from now, and as many as it is set to', async () => {
    await call(path);
    await control().fault({ route: listRoute, nth: 2, times: 2, fault: { kind: 'html502' } });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await call(path)).status);
    expect(statuses).toEqual([200, 502, 502, 200]);
  });

  it('hits only calls that name its user, or an account of theirs', async () => {
    const { userId, connectedAccountId } = sandbox().canary;
    const fault = { kind: 'html502' } as const;
    await control().fault({ route: listRoute, userId, fault });
    expect((await call(`${path}?user_ids=other`)).status).toBe(200);
    expect((await call(`${path}?user_ids=other%2C${userId}`)).status).toBe(502);

    const { connected_account_id: id } = await link();
    await control().fault({ route: 'GET /connected_accounts/:id', userId, fault });
    expect((await call(`${path}/${id}`)).status).toBe(200);
    expect((await call(`${path}/${connectedAccountId}`)).status).toBe(502);
  });

  it('hits only calls on an account of its status', async () => {
    const { connected_account_id: id } = await link();
    await control().fault({
      route: 'GET /connected_accounts/:id',
      accountStatus: 'ACTIVE',
      fault: { kind: 'html502' },
    });
    expect((await call(`${path}/${id}`)).status).toBe(200);
    await control().setStatus(id, 'ACTIVE');
    expect((await call(`${path}/${id}`)).status).toBe(502);
  });

  it('takes effect once another fault has hit, for any call of its user', async () => {
    const { connected_account_id: id } = await link();
    const [row] = (await control().accounts()).filter((account) => account.id === id);
    const userId = row?.userId ?? '';
    const next = { userId, fault: { kind: 'status', status: 503 } } as const;
    await control().fault({ route: listRoute, userId, fault: { kind: 'html502' }, next });
    const statuses = [];
    for (const url of [`${path}/${id}`, `${path}?user_ids=${userId}`, `${path}/${id}`, path]) {
      statuses.push((await call(url)).status);
    }
    expect(statuses).toEqual([200, 502, 503, 200]);
  });

  it('answers nothing and does nothing, for as long as the caller waits', async () => {
    const userId = newUser();
    await control().fault({ route: linkRoute, userId, fault: { kind: 'silence' } });
    const given = new AbortController();
    const body = JSON.stringify({ auth_config_id: 'ac_gmail', user_id: userId });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', body, headers, signal: given.signal };
    const waiting = call(`${path}/link`, init);
    const pending = async () => (await control().pendingCalls()).map((entry) => entry.userId);
    await expect.poll(pending).toEqual([userId]);
    given.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    await expect.poll(pending).toEqual([]);
    expect(await control().accounts({ userId })).toEqual([]);
  });

  it('makes another writer come between', async () => {
    const getRoute = 'GET /connected_accounts/:id';
    const userId = newUser();
    const { id } = await control().seedAccount({ userId, authConfigId: 'ac_gmail' });
    const meanwhile = (becomes: 'REVOKED' | 'ACTIVE' | 'deleted') =>
      control().fault({ route: getRoute, userId, fault: { kind: 'meanwhile', becomes } });
    const read = async () => {
      const response = await call(`${path}/${id}`);
      const { status } = (await response.json()) as { status?: string };
      return response.ok ? status : response.status;
    };
    await meanwhile('REVOKED');
    expect(await read()).toBe('REVOKED');
    expect(await control().introspect(id)).toEqual({ access: false, refresh: false });
    await meanwhile('ACTIVE');
    expect(await read(), 'by a new consent').toBe('ACTIVE');
    expect(await control().introspect(id)).toEqual({ access: true, refresh: true });
    await meanwhile('deleted');
    expect(await read()).toBe(404);
    await control().fault({ route: getRoute, userId, fault: { kind: 'stale' } });
    expect([await read(), await read()]).toEqual(['ACTIVE', 404]);
    const writes = await control().writes({ userId });
    expect(writes.map(({ by }) => by)).toEqual(['control', 'control', 'control', 'control']);
  });
});
