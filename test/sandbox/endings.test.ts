import { describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { refusal, useSandbox } from './support.ts';

const { client, control, link, newUser, sandbox, status } = useSandbox();
const alive = { access: true, refresh: true };
const dead = { access: false, refresh: false };
const none = { access: null, refresh: null };
const lifeMs = 601_000;

async function approved(user_id = newUser()): Promise<string> {
  const { connected_account_id, redirect_url } = await link({ user_id });
  await new Person('ada').approve(redirect_url);
  return connected_account_id;
}

async function issuedSince(before: string[]): Promise<string[]> {
  const known = new Set(before);
  return (await control().secrets()).filter((secret) => !known.has(secret));
}

/** Whether the provider accepts each token as alive, asked as Gmail's client. */
async function aliveOf(secrets: string[]): Promise<string[]> {
  const all = await control().secrets();
  const clientSecret = all.find((secret) => secret.startsWith('cs_')) ?? '';
  const credentials = Buffer.from(`sandbox_gmail:${clientSecret}`).toString('base64');
  const asked = await Promise.all(
    secrets.map(async (token) => {
      const response = await fetch(`${sandbox().providerUrl}/token/introspection`, {
        method: 'POST',
        headers: { authorization: `Basic ${credentials}` },
        body: new URLSearchParams({ token }),
      });
      const { active } = (await response.json()) as { active: boolean };
      return active ? [token] : [];
    }),
  );
  return asked.flat();
}

describe('time', () => {
  it('expires a link that nobody opened', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    await control().advance(lifeMs);
    expect(await status(id)).toEqual({
      status: 'EXPIRED',
      reason: 'Connection expired before authorization was started',
    });
    await expect(new Person('ada').open(redirect_url)).rejects.toThrow('410');
  });

  it('expires a link that was opened and left', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    await new Person('ada').open(redirect_url);
    await control().advance(lifeMs);
    expect(await status(id)).toEqual({
      status: 'EXPIRED',
      reason: 'Authorization was started but not completed within 10 minutes',
    });
  });

  it('ends a link early if its life was shortened before it was made', async () => {
    await control().settings({ linkLifeMs: 50 });
    const { connected_account_id: id } = await link();
    await control().settings({ linkLifeMs: 600_000 });
    await expect.poll(async () => (await status(id)).status).toBe('EXPIRED');
  });

  it('moves answers, links and the provider together', async () => {
    const id = await approved();
    await control().advance(3_601_000);
    expect(await control().introspect(id)).toEqual({ access: false, refresh: true });
    const { data, response } = await client()
      .link.create({ auth_config_id: 'ac_gmail', user_id: newUser() })
      .withResponse();
    const date = Date.parse(response.headers.get('date') ?? '');
    expect(date - Date.now()).toBeGreaterThan(3_600_000);
    expect(Date.parse(data.expires_at) - date).toBeGreaterThanOrEqual(600_000);
    expect(Date.parse(data.expires_at) - date).toBeLessThan(602_000);
  });
});

describe('a delete', () => {
  it('leaves the grant alive', async () => {
    const id = await approved();
    expect(await client().connectedAccounts.delete(id)).toEqual({ success: true });
    expect(await control().introspect(id)).toEqual(alive);
  });

  it('kills the grant at the provider when it revokes', async () => {
    const id = await approved();
    const answer = await client().connectedAccounts.delete(id, { revoke_on_delete: true });
    expect(answer).toEqual({ success: true, revoke_job_id: expect.stringMatching(/^pj_/) });
    expect(await control().introspect(id)).toEqual(dead);
    expect((await control().writes()).at(-1)).toMatchObject({ op: 'delete', revoked: true });
  });

  it('hides the account for good', async () => {
    const id = await approved();
    await client().connectedAccounts.delete(id);
    const gone = { status: 404, error: { error: { slug: 'ConnectedAccount_ResourceNotFound' } } };
    expect(await refusal(client().connectedAccounts.retrieve(id))).toMatchObject(gone);
    expect(await refusal(client().connectedAccounts.delete(id))).toMatchObject(gone);
    const { items } = await client().connectedAccounts.list({ connected_account_ids: [id] });
    expect(items).toEqual([]);
  });
});

describe('a late consent', () => {
  for (const lateCompletion of ['skip', 'revoke'] as const) {
    it(`leaves nothing alive after a delete (${lateCompletion})`, async () => {
      await control().settings({ lateCompletion });
      const userId = newUser();
      const { connected_account_id: id, redirect_url } = await link({ user_id: userId });
      const consent = await new Person('ada').reachConsent(redirect_url);
      await client().connectedAccounts.delete(id, { revoke_on_delete: true });
      const before = await control().secrets();

      expect(await consent.allow()).toBeNull();
      const [account] = await control().accounts({ userId });
      expect(account).toMatchObject({ deleted: true, status: 'INITIATED' });
      const issued = await issuedSince(before);
      // The code and two tokens, or nothing at all.
      expect(issued).toHaveLength(lateCompletion === 'revoke' ? 3 : 0);
      expect(await aliveOf(issued)).toEqual([]);
      await control().settings({ lateCompletion: 'skip' });
    });
  }

  it('sends the browser back as failed after an expiry, and changes nothing', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    await control().settings({ lateCompletion: 'revoke' });
    const consent = await new Person('ada').reachConsent(redirect_url);
    await control().advance(lifeMs);
    const callback = await consent.allow();
    await control().settings({ lateCompletion: 'skip' });
    expect(callback?.searchParams.get('status')).toBe('failed');
    expect((await status(id)).status).toBe('EXPIRED');
    expect(await control().introspect(id)).toEqual(none);
  });

  it('revives an expired account if set to', async () => {
    await control().settings({ reviveExpired: true });
    const { connected_account_id: id, redirect_url } = await link();
    const consent = await new Person('ada').reachConsent(redirect_url);
    await control().advance(lifeMs);
    const callback = await consent.allow();
    await control().settings({ reviveExpired: false });
    expect(callback?.searchParams.get('status')).toBe('success');
    expect((await status(id)).status).toBe('ACTIVE');
  });

  it('is revoked when the delete comes during the exchange', async () => {
    const { connected_account_id: id, redirect_url } = await link();
    const consent = await new Person('ada').reachConsent(redirect_url);
    await control().settings({ tokenEndpoint: 'slow' });
    const before = await control().secrets();
    const callback = consent.allow();
    await expect.poll(() => issuedSince(before)).toHaveLength(1);
    await client().connectedAccounts.delete(id);

    expect(await callback).toBeNull();
    await control().settings({ tokenEndpoint: 'works' });
    const issued = await issuedSince(before);
    expect(issued).toHaveLength(3);
    expect(await aliveOf(issued)).toEqual([]);
    expect(await control().introspect(id)).toEqual(none);
  });

  it('reads as alive with the same question when it is not late', async () => {
    const before = await control().secrets();
    await approved();
    expect(await aliveOf(await issuedSince(before))).toHaveLength(2);
  });
});

describe('the canary', () => {
  it('is connected and untouched by all of this', async () => {
    const { connectedAccountId, userId } = sandbox().canary;
    expect((await status(connectedAccountId)).status).toBe('ACTIVE');
    const writes = await control().writes({ userId });
    expect(writes.map(({ by, op }) => ({ by, op }))).toEqual([{ by: 'control', op: 'link' }]);
    expect((await control().introspect(connectedAccountId)).refresh).toBe(true);
  });
});
