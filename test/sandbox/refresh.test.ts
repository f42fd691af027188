import { afterEach, describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import type { AccountStatus } from '../../sandbox/account.ts';
import { refusal, refused, useSandbox } from './support.ts';

const { client, control, create, fetch: call, link, newUser, status } = useSandbox();
const alive = { access: true, refresh: true };
const dead = { access: false, refresh: false };
const deadReason = 'Permanent auth error during token refresh';

const refresh = (id: string, url?: string) =>
  client().connectedAccounts.refresh(id, url === undefined ? {} : { body_redirect_url: url });

async function approved(): Promise<string> {
  const { connected_account_id, redirect_url } = await link();
  await new Person('ada').approve(redirect_url);
  return connected_account_id;
}

const seeded = async (status: AccountStatus, authConfigId = 'ac_gmail') =>
  (await control().seedAccount({ userId: newUser(), authConfigId, status })).id;

afterEach(async () => {
  await control().settings({ refreshReading: 'restart', tokenEndpoint: 'works' });
});

describe('a refresh that restarts', () => {
  it('makes a working account INITIATED, and its consent makes the same id ACTIVE again', async () => {
    const id = await approved();
    const answer = await refresh(id, 'https://app.example/back?flow=7');
    expect(answer).toEqual({ id, status: 'INITIATED', redirect_url: expect.any(String) as string });
    expect((await status(id)).status).toBe('INITIATED');

    const callback = await new Person('bob').approve(answer.redirect_url ?? '');
    expect(callback.href).toBe(
      `https://app.example/back?flow=7&status=success&connectedAccountId=${id}&appName=gmail`,
    );
    expect(await status(id)).toEqual({ status: 'ACTIVE', reason: null });
    expect(await control().introspect(id)).toEqual(alive);
    const { state } = await client().connectedAccounts.retrieve(id);
    expect(state).toMatchObject({ val: { displayName: 'bob@people.example' } });
  });

  it('takes the redirect URL of the query, and the body’s before it', async () => {
    for (const body of [{}, { redirect_url: 'https://app.example/body' }]) {
      const id = await seeded('EXPIRED');
      const query = 'redirect_url=https%3A%2F%2Fapp.example%2Fquery';
      const path = `/api/v3.1/connected_accounts/${id}/refresh?${query}`;
      const response = await call(path, { method: 'POST', body: JSON.stringify(body) });
      const { redirect_url: url } = (await response.json()) as { redirect_url: string };
      const { pathname } = await new Person('ada').approve(url);
      expect(pathname).toBe('redirect_url' in body ? '/body' : '/query');
    }
  });

  it('ends earlier links, also for a user who is on the way through one', async () => {
    const { connected_account_id: id, redirect_url: first } = await link();
    const consent = await new Person('ada').reachConsent(first);
    const { redirect_url: second } = await refresh(id);
    await expect(new Person('ada').open(first)).rejects.toThrow('410');
    expect(await consent.allow()).toBeNull();
    expect((await status(id)).status).toBe('INITIATED');

    await (await new Person('ada').reachConsent(second ?? '')).allow();
    expect((await status(id)).status).toBe('ACTIVE');
  });

  it('ends after the life of a link like any attempt', async () => {
    const id = await approved();
    await refresh(id);
    await control().advance(601_000);
    expect(await status(id)).toEqual({
      status: 'EXPIRED',
      reason: 'Authorization was started but not completed within 10 minutes',
    });
  });

  it('answers each status as the contract has it', async () => {
    const expected: [AccountStatus, 200 | 422][] = [
      ['INITIALIZING', 422],
      ['INITIATED', 200],
      ['ACTIVE', 200],
      ['INACTIVE', 422],
      ['FAILED', 200],
      ['EXPIRED', 200],
      ['REVOKED', 422],
    ];
    for (const [status, answer] of expected) {
      const id = await seeded(status);
      if (answer === 200) expect(await refresh(id)).toMatchObject({ status: 'INITIATED' });
      else expect(await refusal(refresh(id))).toMatchObject(refused(422));
    }
  });

  it('refuses schemes without a provider, invalid URLs, and deleted accounts', async () => {
    const { id: key } = await create('ac_apikey', {
      authScheme: 'API_KEY',
      val: { status: 'ACTIVE', api_key: 'tvly-1' },
    });
    expect(await refusal(refresh(key))).toMatchObject(refused(409));
    const id = await seeded('ACTIVE');
    expect(await refusal(refresh(id, 'nowhere'))).toMatchObject(refused(400));
    expect(await refusal(refresh('ca_none'))).toMatchObject(refused(404));
    expect(await refusal(refresh('con-1'))).toMatchObject(refused(400));
    expect((await status(id)).status).toBe('ACTIVE');
  });
});

describe('a refresh that renews', () => {
  it('replaces both tokens at the provider, without the user', async () => {
    await control().settings({ refreshReading: 'renew' });
    const id = await approved();
    const before = await control().secrets();
    expect(await refresh(id)).toEqual({ id, status: 'ACTIVE', redirect_url: null });
    expect(await control().introspect(id)).toEqual(alive);
    expect(await control().secrets()).toHaveLength(before.length + 2);
    expect((await control().writes()).at(-1)).toMatchObject({ op: 'renew', accountId: id });
  });

  it('works when it is called twice at once, with rotation or not', async () => {
    await control().settings({ refreshReading: 'renew' });
    const id = await approved();
    await Promise.all([refresh(id), refresh(id), refresh(id)]);
    expect(await control().introspect(id)).toEqual(alive);
  });

  it('makes an EXPIRED account with a living grant ACTIVE again', async () => {
    await control().settings({ refreshReading: 'renew' });
    const row = { userId: newUser(), authConfigId: 'ac_gmail', status: 'EXPIRED' } as const;
    const { id } = await control().seedAccount({ ...row, grant: 'alive' });
    expect(await refresh(id)).toMatchObject({ status: 'ACTIVE', redirect_url: null });
    expect(await status(id)).toEqual({ status: 'ACTIVE', reason: null });
  });

  it('leaves an account EXPIRED whose grant was killed at the provider', async () => {
    await control().settings({ refreshReading: 'renew' });
    const id = await approved();
    await control().killGrant(id);
    expect((await status(id)).status).toBe('ACTIVE');
    expect(await control().introspect(id)).toEqual(dead);
    expect(await refresh(id)).toEqual({ id, status: 'EXPIRED', redirect_url: null });
    expect(await status(id)).toEqual({ status: 'EXPIRED', reason: deadReason });
  });

  it('restarts over a dead grant, and again during a consent, if set to', async () => {
    await control().settings({ refreshReading: 'renewOrRestart' });
    const id = await approved();
    expect(await refresh(id)).toMatchObject({ status: 'ACTIVE', redirect_url: null });
    await control().killGrant(id);
    const { status: began, redirect_url: url } = await refresh(id, 'https://app.example/back');
    expect(began).toBe('INITIATED');
    const { redirect_url: another } = await refresh(id, 'https://app.example/back');
    await expect(new Person('ada').open(url ?? '')).rejects.toThrow('410');
    await new Person('ada').approve(another ?? '');
    expect((await status(id)).status).toBe('ACTIVE');
  });

  it('changes nothing while the provider is down', async () => {
    await control().settings({ refreshReading: 'renew' });
    const id = await approved();
    await control().settings({ tokenEndpoint: 'fails' });
    expect(await refusal(refresh(id))).toMatchObject(refused(500));
    expect((await status(id)).status).toBe('ACTIVE');
    expect(await control().introspect(id)).toEqual(alive);
  });

  it('has nothing to renew if no user has finished', async () => {
    await control().settings({ refreshReading: 'renew' });
    for (const status of ['INITIATED', 'FAILED'] as const) {
      expect(await refusal(refresh(await seeded(status)))).toMatchObject(refused(422));
    }
  });
});
