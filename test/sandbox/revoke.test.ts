import { afterEach, describe, expect, it } from 'vitest';
import type { AccountStatus } from '../../sandbox/account.ts';
import { refusal, refused, useSandbox } from './support.ts';

const { client, control, create, newUser, sandbox, status } = useSandbox();
const alive = { access: true, refresh: true };
const dead = { access: false, refresh: false };

const revoke = (id: string) => client().connectedAccounts.revoke(id);

const seeded = async (row: {
  userId?: string;
  authConfigId?: string;
  status?: AccountStatus;
  person?: string;
}) =>
  (await control().seedAccount({ userId: newUser(), authConfigId: 'ac_custom_slack', ...row })).id;

afterEach(async () => {
  await control().settings({
    revocationEndpoint: 'works',
    revocationEnds: 'account',
    deadTokenRevocation: 'works',
  });
});

describe('a revocation', () => {
  it('kills both tokens at the provider and leaves the account REVOKED', async () => {
    const id = await seeded({});
    expect(await revoke(id)).toEqual({
      revoked_tokens: ['refresh_token', 'access_token'],
      connected_account: { id, status: 'REVOKED' },
    });
    expect(await control().introspect(id)).toEqual(dead);
    expect(await status(id)).toEqual({
      status: 'REVOKED',
      reason: 'Revoked via user-initiated revoke endpoint',
    });
    expect((await control().writes()).at(-1)).toMatchObject({ accountId: id, revoked: true });
  });

  it('a second time does nothing and says so', async () => {
    const id = await seeded({});
    await revoke(id);
    const writes = (await control().writes()).length;
    expect(await revoke(id)).toEqual({
      revoked_tokens: [],
      connected_account: { id, status: 'REVOKED' },
    });
    expect(await control().writes()).toHaveLength(writes);
  });

  it('called twice at once is applied once', async () => {
    const id = await seeded({});
    await control().settings({ revocationEndpoint: 'slow' });
    const answers = await Promise.all([revoke(id), revoke(id)]);
    const revoked = answers.flatMap(({ revoked_tokens }) => revoked_tokens);
    expect(revoked).toEqual(['refresh_token', 'access_token']);
    expect(answers.map(({ connected_account: { status } }) => status)).toEqual([
      'REVOKED',
      'REVOKED',
    ]);
  });

  it('is refused in every status but ACTIVE and REVOKED', async () => {
    const pending = ['INITIALIZING', 'INITIATED', 'FAILED', 'EXPIRED', 'INACTIVE'] as const;
    for (const before of pending) {
      const id = await seeded({ status: before });
      expect(await refusal(revoke(id))).toMatchObject(refused(409));
      expect((await status(id)).status).toBe(before);
    }
    expect(await refusal(revoke('ca_none'))).toMatchObject(refused(404));
  });

  it('is refused if there is nothing that could be revoked', async () => {
    const key = { authScheme: 'API_KEY', val: { status: 'ACTIVE', api_key: 'tvly-1' } };
    const { id: withKey } = await create('ac_apikey', key);
    const ids = [
      withKey,
      await seeded({ authConfigId: 'ac_oauth1' }),
      await seeded({ authConfigId: 'ac_custom_zendesk' }),
    ];
    for (const id of ids) expect(await refusal(revoke(id))).toMatchObject(refused(400));
    expect(await control().introspect(ids[2] ?? '')).toEqual(alive);
  });

  it('that the provider does not answer changes nothing, and works once it does', async () => {
    const id = await seeded({});
    await control().settings({ revocationEndpoint: 'fails' });
    expect(await refusal(revoke(id))).toMatchObject(refused(500));
    expect((await status(id)).status).toBe('ACTIVE');
    expect(await control().introspect(id)).toEqual(alive);
    await control().settings({ revocationEndpoint: 'works' });
    await revoke(id);
    expect(await control().introspect(id)).toEqual(dead);
  });

  it('fails after the person removed the app, at providers that refuse dead tokens', async () => {
    const id = await seeded({});
    await control().killGrant(id);
    await control().settings({ deadTokenRevocation: 'fails' });
    expect(await refusal(revoke(id))).toMatchObject(refused(500));
    await control().settings({ deadTokenRevocation: 'works' });
    expect((await revoke(id)).connected_account.status).toBe('REVOKED');
  });

  it('of one account keeps or ends another one of the same person, as the provider does', async () => {
    for (const revocationEnds of ['account', 'person'] as const) {
      await control().settings({ revocationEnds });
      const userId = newUser();
      const person = `person_${revocationEnds}`;
      const first = await seeded({ userId, person });
      const sibling = await seeded({ userId, person });
      const elsewhere = await seeded({ userId, person, authConfigId: 'ac_github' });
      const stranger = await seeded({ userId, person: 'bob' });
      await revoke(first);
      expect(await control().introspect(first)).toEqual(dead);
      expect(await control().introspect(sibling)).toEqual(
        revocationEnds === 'person' ? dead : alive,
      );
      expect((await status(sibling)).status).toBe('ACTIVE');
      expect(await control().introspect(elsewhere)).toEqual(alive);
      expect(await control().introspect(stranger)).toEqual(alive);
    }
    expect(await control().introspect(sandbox().canary.connectedAccountId)).toEqual(alive);
  });

  it('with a delete has the same effect as a revocation of its own', async () => {
    const query = { revoke_on_delete: true };
    const [one, down, unable] = [
      await seeded({}),
      await seeded({}),
      await seeded({ authConfigId: 'ac_custom_zendesk' }),
    ];
    await client().connectedAccounts.delete(one, query);
    await client().connectedAccounts.delete(unable, query);
    await control().settings({ revocationEndpoint: 'fails' });
    await client().connectedAccounts.delete(down, query);
    expect(await control().introspect(one)).toEqual(dead);
    expect(await control().introspect(unable)).toEqual(alive);
    expect(await control().introspect(down)).toEqual(alive);
    const deletes = (await control().writes()).filter(({ op }) => op === 'delete').slice(-3);
    expect(deletes.map(({ revoked }) => revoked)).toEqual([true, false, false]);
  });
});
