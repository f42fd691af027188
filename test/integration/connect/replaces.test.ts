import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../../../demo/person.ts';
import type { AccountStatus } from '../../../sandbox/account.ts';
import type { ConnectUserInput, ConnectOutcome } from '../../../src/index.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

interface Old {
  status?: AccountStatus;
  person?: string | null;
  alias?: string;
}

/**
 * An account that this user has had for a long time; by default of the person who will consent
 * again.
 */
async function seed(user: TestUser, { status = 'EXPIRED', person = 'ada', alias }: Old = {}) {
  const { id: userId, authConfigId } = user;
  const row = { userId, authConfigId, status, person, ...(alias === undefined ? {} : { alias }) };
  return (await stage.sandbox.seedAccount(row)).id;
}

async function connectAs(
  user: TestUser,
  person: string,
  input: Partial<ConnectUserInput>,
): Promise<ConnectOutcome> {
  const { connectionId, redirectUrl } = await user.connect(input);
  await user.comeBack(await new Person(person).approve(redirectUrl));
  return stage.mooring.connections.get(connectionId).result({ timeoutMs: 20_000 });
}

async function rowsOf(user: TestUser) {
  const rows = await stage.sandbox.accounts({ userId: user.id });
  return new Map(rows.filter((row) => !row.deleted).map((row) => [row.id, row]));
}

describe('a replacement', () => {
  it('deletes a dead account after the new one is ACTIVE, and says so', async () => {
    const user = stage.user();
    const replaces = await seed(user);
    const outcome = await connectAs(user, 'ada', { replaces });
    expect(outcome).toEqual({
      status: 'ACTIVE',
      reason: null,
      connectedAccountId: outcome.connectedAccountId,
      statusReason: null,
      replaced: { connectedAccountId: replaces, result: 'grant_shared' },
    });
    const rows = await rowsOf(user);
    expect([...rows.keys()]).toEqual([outcome.connectedAccountId]);
    expect(rows.get(outcome.connectedAccountId ?? '')?.status).toBe('ACTIVE');
  });

  it.each(['account', 'person'] as const)(
    'deletes one that is still ACTIVE, but not the grant that it may share (a revocation ends: %s)',
    async (revocationEnds) => {
      await stage.sandbox.settings({ revocationEnds });
      const user = stage.user();
      const replaces = await seed(user, { status: 'ACTIVE' });
      const outcome = await connectAs(user, 'ada', { replaces });
      await stage.sandbox.settings({ revocationEnds: 'account' });
      const result = 'grant_shared';
      expect(outcome).toMatchObject({ replaced: { connectedAccountId: replaces, result } });
      expect((await rowsOf(user)).has(replaces)).toBe(false);
      const tokens = await stage.sandbox.introspect(outcome.connectedAccountId ?? '');
      expect(tokens).toEqual({ access: true, refresh: true });
    },
  );

  it('revokes the grant of another person, which the new account does not share', async () => {
    const user = stage.user();
    const replaces = await seed(user, { status: 'ACTIVE', person: 'bob' });
    const outcome = await connectAs(user, 'ada', { replaces, sameIdentity: 'ignore' });
    const replaced = { connectedAccountId: replaces, result: 'revoked' };
    expect(outcome).toMatchObject({ replaced });
    const dead = { access: false, refresh: false };
    expect(await stage.sandbox.introspect(replaces)).toEqual(dead);
  });

  it('takes the alias over', async () => {
    const user = stage.user();
    const replaces = await seed(user, { alias: 'work' });
    const outcome = await connectAs(user, 'ada', { replaces, alias: 'work' });
    expect(outcome).toMatchObject({ status: 'ACTIVE', replaced: { result: 'grant_shared' } });
    expect(outcome).not.toHaveProperty('warnings');
    expect((await rowsOf(user)).get(outcome.connectedAccountId ?? '')?.alias).toBe('work');
  });

  it('by another person fails, deletes the new account and leaves the old one as it was', async () => {
    const user = stage.user();
    const replaces = await seed(user, { alias: 'work' });
    const outcome = await connectAs(user, 'bob', { replaces, alias: 'work' });
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'identity_mismatch' });
    const rows = await rowsOf(user);
    expect([...rows.keys()]).toEqual([replaces]);
    expect(rows.get(replaces)).toMatchObject({ status: 'EXPIRED', alias: 'work' });
  });

  it.each([
    ['warn', 'bob', ['other_identity']],
    ['ignore', 'bob', undefined],
    ['warn', 'ada', undefined],
  ] as const)('with sameIdentity %s by %s reports %j', async (sameIdentity, person, warnings) => {
    const user = stage.user();
    const replaces = await seed(user);
    const outcome = await connectAs(user, person, { replaces, sameIdentity });
    expect({ warnings: undefined, ...outcome }).toMatchObject({ status: 'ACTIVE', warnings });
  });

  it('succeeds when the API does not report who it was, and says that too', async () => {
    const user = stage.user();
    const replaces = await seed(user, { person: null });
    const outcome = await connectAs(user, 'ada', { replaces });
    expect(outcome).toMatchObject({ status: 'ACTIVE', warnings: ['identity_unknown'] });
  });

  it('that is canceled leaves the old account as it was', async () => {
    const user = stage.user();
    const replaces = await seed(user, { status: 'ACTIVE' });
    await user.connect({ replaces });
    await stage.mooring.connections.get(user.connectionId).cancel();
    await stage.mooring.connections.get(user.connectionId).result();
    const rows = await rowsOf(user);
    expect([...rows.values()]).toMatchObject([{ id: replaces, status: 'ACTIVE', alias: null }]);
  });

  it('of an account that was replaced before, or is another user’s, is refused', async () => {
    const [user, other] = [stage.user(), stage.user()];
    const replaces = await seed(user);
    await connectAs(user, 'ada', { replaces });
    for (const id of [replaces, await seed(other)]) {
      await expect(user.connect({ replaces: id })).rejects.toMatchObject({
        code: 'ERR_ACCOUNT_NOT_FOUND',
        details: { field: 'replaces' },
      });
    }
  });

  it('deletes without a revocation that could kill the living grant', async () => {
    const user = stage.user();
    const replaces = await seed(user, { status: 'ACTIVE' });
    const { connectionId, redirectUrl } = await user.connect({ replaces, confirm: 'required' });
    await user.comeBack(await user.person.approve(redirectUrl));
    await stage.mooring.connections.get(connectionId).cancel();
    await stage.mooring.connections.get(connectionId).result();
    const writes = await stage.sandbox.writes({ userId: user.id });
    const deletes = writes.filter((write) => write.op === 'delete');
    expect(deletes).toMatchObject([{ revoked: false }]);
    expect((await stage.sandbox.introspect(replaces)).access).toBe(true);
  });
});

describe('an alias', () => {
  it('is set on the account once it is ACTIVE, in at most 44 history events', async () => {
    const user = stage.user();
    const outcome = await connectAs(user, 'ada', { alias: 'work' });
    expect(outcome).not.toHaveProperty('warnings');
    expect((await rowsOf(user)).get(outcome.connectedAccountId ?? '')?.alias).toBe('work');
    const events = await user.history(`${user.connectionId}/work`);
    expect(events.length).toBeLessThanOrEqual(44);
  });

  it('lets a user have two accounts of one auth config', async () => {
    const user = stage.user();
    await connectAs(user, 'ada', {});
    const outcome = await connectAs(user, 'bob', { alias: 'second', onExisting: 'add' });
    expect(outcome.status).toBe('ACTIVE');
    expect((await user.left()).map(([, status]) => status)).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it.each([400, 409] as const)(
    'that another auth config’s account has is reported as a warning, and the account is ACTIVE (%s)',
    async (aliasClashOnPatch) => {
      const user = stage.user('ac_custom_slack');
      const { id: userId } = user;
      await stage.sandbox.settings({ aliasClashOnPatch });
      const { connectionId, redirectUrl, connectedAccountId } = await user.connect({
        alias: 'work',
      });
      // An account of the same user and toolkit that our lists do not show, as of a second auth
      // config.
      const rival = await stage.sandbox.seedAccount({
        userId,
        authConfigId: 'ac_custom_slack',
        alias: 'work',
        status: 'EXPIRED',
      });
      await user.comeBack(await user.person.approve(redirectUrl));
      const outcome = await stage.mooring.connections
        .get(connectionId)
        .result({ timeoutMs: 20_000 });
      expect(outcome).toMatchObject({
        status: 'ACTIVE',
        connectedAccountId,
        warnings: ['alias_in_use'],
      });
      const rows = await rowsOf(user);
      expect(rows.get(rival.id)?.alias).toBe('work');
      expect(rows.get(connectedAccountId)?.alias).toMatch(/^mooring-/);
      await stage.sandbox.settings({ aliasClashOnPatch: 409 });
    },
  );

  it('that is in use at the start is refused before anything is created', async () => {
    const user = stage.user();
    const holder = await seed(user, { alias: 'work' });
    await expect(user.connect({ alias: 'work' })).rejects.toMatchObject({
      code: 'ERR_ALIAS_IN_USE',
      details: { connectedAccountId: holder },
    });
    expect(await user.calls()).toEqual(['GET /connected_accounts']);
  });

  it('that cannot be set leaves the account ACTIVE and says so', async () => {
    const user = stage.user();
    await stage.sandbox.fault({
      route: 'PATCH /connected_accounts/:id',
      userId: user.id,
      times: 100,
      fault: { kind: 'status', status: 500 },
    });
    const { connectionId, redirectUrl } = await user.connect({
      alias: 'work',
      timings: { finishMs: 2_000 },
    });
    await user.comeBack(await user.person.approve(redirectUrl));
    const outcome = await stage.mooring.connections.get(connectionId).result({ timeoutMs: 20_000 });
    expect(outcome).toMatchObject({ status: 'ACTIVE', warnings: ['alias_not_set'] });
  });
});
