import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownCalls } from '../../../src/client/own-calls.ts';
import type { AccountStatus } from '../../../sandbox/account.ts';
import type { Fault } from '../../../sandbox/faults.ts';
import type { Settings } from '../../../sandbox/settings.ts';
import { eventSchema, type MooringEvent, type RefreshInput } from '../../../src/index.ts';
import type { ReauthInput, ReauthView } from '../../../src/domain/refresh/refresh.ts';
import { visibleUserId } from '../../../src/domain/hashed-ids.ts';
import { accountWorkflowId, reauthWorkflowId } from '../../../src/domain/ids.ts';
import {
  hintSignal,
  searchAttributeKeys,
  reauthViewQuery,
} from '../../../src/protocol/messages.ts';
import { secret } from '../../support/an-event.ts';
import { mooring } from '../../support/cli.ts';
import { everyByte } from '../../support/grep.ts';
import { type Receiver, startReceiver } from '../../support/receiver.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const returnUrl = 'http://app.localhost:4321/done';
const refreshRoute = 'POST /connected_accounts/:id/refresh';
const readRoute = 'GET /connected_accounts/:id';
const abandoned = 'Authorization was started but not completed within 10 minutes';
const quick = { readsMs: [1_000, 2_000], everyMs: 1_000, hintSpacingMs: 1_000 };

let stage: TestStage;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const endpoint = { name: 'app', url: receiver.url, secrets: [secret()], allowPrivate: true };
  stage = await openStage({ environment: { MOORING_EVENT_ENDPOINTS: JSON.stringify([endpoint]) } });
});
afterAll(async () => {
  await stage.close();
  await receiver.stop();
});
beforeEach(async () => reads('restart'));

async function reads(refreshReading: Settings['refreshReading']): Promise<void> {
  await stage.sandbox.settings({ refreshReading });
}

async function seeded(
  user: TestUser,
  status: AccountStatus = 'EXPIRED',
  row: { alias?: string; grant?: 'alive' | 'none' } = {},
): Promise<string> {
  const { id: userId, authConfigId } = user;
  return (await stage.sandbox.seedAccount({ userId, authConfigId, status, ...row })).id;
}

function refresh(user: TestUser, connectedAccountId: string, more: Partial<RefreshInput> = {}) {
  return stage.mooring.accounts.refresh({ userId: user.id, connectedAccountId, ...more });
}

async function refreshesOf(user: TestUser): Promise<number> {
  return (await user.calls()).filter((route) => route === refreshRoute).length;
}

/** The connection events of this user that the backend received, in the order of arrival. */
function told(user: TestUser): MooringEvent[] {
  return receiver.received
    .map(({ body }) => eventSchema.parse(JSON.parse(body)))
    .filter(({ data }) => 'userId' in data && data.userId === user.id)
    .filter((event) => event.type.startsWith('connection.'));
}

function typesTold(user: TestUser): string[] {
  return told(user).map((event) => event.type);
}

/** The pending re-auth of this account. */
function memory(connectedAccountId: string) {
  return stage.temporal.workflow.getHandle(reauthWorkflowId(connectedAccountId));
}

async function ended(connectedAccountId: string): Promise<string> {
  return ((await memory(connectedAccountId).result()) as { ended: string }).ended;
}

async function toldView(connectedAccountId: string): Promise<ReauthView> {
  return memory(connectedAccountId).query(reauthViewQuery);
}

describe('mooring.refresh, where the endpoint renews', () => {
  beforeEach(async () => reads('renew'));

  it('heals an EXPIRED account with one call, and notifies nobody', async () => {
    const user = stage.user();
    const id = await seeded(user, 'EXPIRED', { grant: 'alive' });
    expect(await refresh(user, id)).toEqual({
      outcome: 'healed',
      reason: null,
      connectedAccountId: id,
      connectionId: user.connectionId,
      status: 'ACTIVE',
      statusReason: null,
      redirectUrl: null,
      expiresAt: null,
    });
    expect(await refreshesOf(user)).toBe(1);
    expect(typesTold(user)).toEqual([]);
    const outcome = stage.mooring.accounts.getRefresh(id).result();
    await expect(outcome).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' });
  });

  it('notifies the user of a dead grant, with the connection id that the backend knows', async () => {
    const user = stage.user();
    const id = await seeded(user, 'EXPIRED', { alias: 'work' });
    expect(await refresh(user, id)).toMatchObject({
      outcome: 'reauth_required',
      status: 'EXPIRED',
    });
    await expect.poll(() => told(user)).toHaveLength(1);
    expect(told(user)).toMatchObject([
      {
        type: 'connection.reauth_required',
        connectionId: `${user.connectionId}/work`,
        connectedAccountId: id,
        data: {
          userId: user.id,
          authConfigId: user.authConfigId,
          toolkit: 'gmail',
          status: 'EXPIRED',
          statusReason: 'Permanent auth error during token refresh',
        },
      },
    ]);
  });

  it('returns no link for a present user, and notifies them: this endpoint gives none', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const answer = await refresh(user, id, { returnUrl });
    expect(answer).toMatchObject({
      outcome: 'reauth_required',
      redirectUrl: null,
      expiresAt: null,
    });
    await expect.poll(() => typesTold(user)).toEqual(['connection.reauth_required']);
  });

  it('renews an ACTIVE account only when the caller asks for that', async () => {
    const user = stage.user();
    const id = await seeded(user, 'ACTIVE');
    expect(await refresh(user, id)).toMatchObject({ outcome: 'healthy', status: 'ACTIVE' });
    expect(await refreshesOf(user)).toBe(0);
    expect(await refresh(user, id, { mode: 'proactive' })).toMatchObject({ outcome: 'healthy' });
    expect(await refreshesOf(user)).toBe(1);
  });
});

describe('mooring.refresh, where the endpoint restarts the authorization', () => {
  it('leaves an ACTIVE account alone, and reports the damage when the caller forces it', async () => {
    const user = stage.user();
    const id = await seeded(user, 'ACTIVE');
    expect(await refresh(user, id)).toMatchObject({ outcome: 'healthy' });
    expect(await user.calls()).toEqual([readRoute]);
    expect(await refresh(user, id, { mode: 'proactive' })).toMatchObject({
      outcome: 'made_worse',
      status: 'INITIATED',
      redirectUrl: null,
    });
    await expect.poll(() => typesTold(user)).toEqual(['connection.reauth_required']);
  });

  it('refreshes a dead grant once and notifies once, however often it is called', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const asked = Array.from({ length: 100 }, async (_, n) => {
      // One after the other and many at once, as sweeps and webhooks do.
      await new Promise((go) => setTimeout(go, Math.floor(n / 10) * 100));
      return refresh(user, id);
    });
    const outcomes = new Set((await Promise.all(asked)).map(({ outcome }) => outcome));
    expect([...outcomes].filter((outcome) => outcome !== 'busy')).toEqual(['reauth_required']);
    expect(await refreshesOf(user)).toBe(1);
    await expect.poll(() => typesTold(user)).toEqual(['connection.reauth_required']);
    await stage.sandbox.setStatus(id, 'EXPIRED', abandoned);
    expect(await refresh(user, id)).toMatchObject({ outcome: 'cannot_refresh' });
    expect(await refreshesOf(user)).toBe(1);
    expect(typesTold(user)).toEqual(['connection.reauth_required']);
  }, 60_000);

  it.each<[AccountStatus, string | undefined, object]>([
    ['EXPIRED', abandoned, { outcome: 'cannot_refresh', reason: 'abandoned' }],
    ['FAILED', undefined, { outcome: 'cannot_refresh', reason: 'failed' }],
    ['REVOKED', undefined, { outcome: 'cannot_refresh', reason: 'revoked' }],
    ['INACTIVE', undefined, { outcome: 'paused', reason: null }],
    ['INITIATED', undefined, { outcome: 'busy', reason: null }],
  ])('writes nothing to an account that is %s (%s)', async (status, reason, finding) => {
    const user = stage.user();
    const id = await seeded(user, 'ACTIVE');
    await stage.sandbox.setStatus(id, status, reason);
    expect(await refresh(user, id)).toMatchObject({ ...finding, status });
    expect(await user.calls()).toEqual([readRoute]);
    expect(typesTold(user)).toEqual([]);
  });

  it('reports a missing account as gone', async () => {
    const user = stage.user();
    const id = await seeded(user);
    await stage.sandbox.remove(id);
    expect(await refresh(user, id)).toMatchObject({ outcome: 'gone', connectionId: null });
  });

  it('refuses another user’s account, and touches nothing', async () => {
    const [user, other] = [stage.user(), stage.user()];
    const id = await seeded(user);
    await expect(refresh(other, id)).rejects.toMatchObject({ code: 'ERR_ACCOUNT_NOT_FOUND' });
    expect(await user.left()).toEqual([[id, 'EXPIRED']]);
    expect(await refreshesOf(user)).toBe(0);
  });

  it('does nothing for a user whose access is closed', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const gate = await stage.closeGate(user.id, 'lapsed');
    expect(await refresh(user, id)).toMatchObject({ outcome: 'paused', status: 'EXPIRED' });
    await gate.open();
    expect(await refreshesOf(user)).toBe(0);
  });

  it('returns busy while another run writes to the account', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const other = await stage.temporal.workflow.start('revokeThenDelete', {
      taskQueue: `${stage.taskQueue}-nobody`,
      workflowId: accountWorkflowId(id),
    });
    expect(await refresh(user, id)).toMatchObject({ outcome: 'busy', status: null });
    await other.terminate('over');
    expect(await user.calls()).toEqual([]);
  });

  it('notifies the user of an account that cannot be refreshed at all', async () => {
    const user = stage.user('ac_apikey');
    const id = await seeded(user);
    expect(await refresh(user, id)).toMatchObject({ outcome: 'cannot_refresh', reason: 'refused' });
    expect(await refresh(user, id)).toMatchObject({ outcome: 'reauth_required' });
    await expect.poll(() => typesTold(user)).toEqual(['connection.reauth_required']);
    expect(await refreshesOf(user)).toBe(1);
  });

  it.each([
    [{ userId: 'a,b' }, 'userId'],
    [{ connectedAccountId: 'ca/1' }, 'connectedAccountId'],
    [{ mode: 'all' }, 'mode'],
    [{ returnUrl: 'nowhere' }, 'returnUrl'],
    [{ returnUrl: 'https://evil.example/' }, 'returnUrl'],
    [{ waitMs: 5_000 }, 'waitMs'],
    [{ timings: { reauth: { everyMs: 1 } } }, 'timings.reauth.everyMs'],
    [{ force: true }, 'force'],
  ])('refuses %j, and names the field', async (wrong, field) => {
    const user = stage.user();
    const id = await seeded(user);
    const asked = refresh(user, id, wrong as never);
    await expect(asked).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT', details: { field } });
    expect(await user.left()).toEqual([[id, 'EXPIRED']]);
  });
});

describe('a lost answer', () => {
  const lost = [
    { kind: 'status', status: 500, applied: true },
    { kind: 'applyThenDrop' },
    { kind: 'truncatedBody' },
    // Longer than the timeout of any call.
    { kind: 'delay', afterMs: 15_000 },
  ] as const satisfies Fault[];

  it.each([
    ['restart', 'EXPIRED', 'heal', 'reauth_required', 'INITIATED', 1],
    ['restart', 'ACTIVE', 'proactive', 'made_worse', 'INITIATED', 1],
    ['renew', 'EXPIRED', 'heal', 'healed', 'ACTIVE', 0],
    ['renew', 'ACTIVE', 'proactive', 'healthy', 'ACTIVE', 0],
  ] as const)(
    'where the endpoint %ss: an account that was %s is called once (%s), and is %s',
    async (reading, before, mode, outcome, status, events) => {
      await reads(reading);
      const asked = lost.map(async (fault) => {
        const user = stage.user();
        const id = await seeded(user, before, { grant: 'alive' });
        await stage.sandbox.fault({ route: refreshRoute, userId: user.id, fault });
        return { user, fault, answer: await refresh(user, id, { mode }) };
      });
      for (const { user, fault, answer } of await Promise.all(asked)) {
        expect(answer, fault.kind).toMatchObject({ outcome, status });
        expect(await refreshesOf(user), fault.kind).toBe(1);
        await expect.poll(() => typesTold(user)).toHaveLength(events);
      }
    },
  );

  it('of a renewal that found the grant dead has changed nothing, so the call is repeated', async () => {
    await reads('renew');
    const user = stage.user();
    const id = await seeded(user);
    await stage.sandbox.fault({
      route: refreshRoute,
      userId: user.id,
      fault: { kind: 'applyThenDrop' },
    });
    expect(await refresh(user, id)).toMatchObject({
      outcome: 'reauth_required',
      status: 'EXPIRED',
    });
    expect(await refreshesOf(user)).toBe(2);
    await expect.poll(() => typesTold(user)).toEqual(['connection.reauth_required']);
  });

  it('of a restart is settled by reading back: one call, and one notification', async () => {
    const user = stage.user();
    const id = await seeded(user);
    await stage.sandbox.fault({
      route: refreshRoute,
      userId: user.id,
      fault: { kind: 'applyThenDrop' },
    });
    expect(await refresh(user, id)).toMatchObject({
      outcome: 'reauth_required',
      status: 'INITIATED',
    });
    expect(await refreshesOf(user)).toBe(1);
    await expect.poll(() => typesTold(user)).toEqual(['connection.reauth_required']);
  });

  it('followed by a read that fails is settled by the reading from before', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const about = { userId: user.id };
    const drop = { kind: 'applyThenDrop' } as const;
    await stage.sandbox.fault({ ...about, route: refreshRoute, fault: drop });
    // The first two reads decide about the refresh; the third one checks its effect.
    await stage.sandbox.fault({ ...about, route: readRoute, nth: 3, fault: { kind: 'html502' } });
    expect(await refresh(user, id)).toMatchObject({
      outcome: 'reauth_required',
      status: 'INITIATED',
    });
    expect(await refreshesOf(user)).toBe(1);
  });

  it('of a call that never reached the API is repeated', async () => {
    await reads('renew');
    const user = stage.user();
    const id = await seeded(user, 'EXPIRED', { grant: 'alive' });
    await stage.sandbox.fault({ route: refreshRoute, userId: user.id, fault: { kind: 'html502' } });
    expect(await refresh(user, id)).toMatchObject({ outcome: 'healed' });
    expect(await refreshesOf(user)).toBe(2);
  });
});

describe('mooring.refresh with a returnUrl', () => {
  async function opened(user: TestUser, id: string, more: Partial<RefreshInput> = {}) {
    const answer = await refresh(user, id, { returnUrl, ...more });
    if (answer.redirectUrl === null) throw new Error('there is no link');
    return { ...answer, redirectUrl: answer.redirectUrl };
  }

  it('returns the link at once, brings the user back to the app, and keeps the id', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const { redirectUrl, expiresAt, ...answer } = await opened(user, id);
    expect(answer).toMatchObject({ outcome: 'reauth_required', connectedAccountId: id });
    const lifeMs = Date.parse(expiresAt ?? '') - Date.now();
    expect(lifeMs).toBeGreaterThan(590_000);
    const home = await user.comeBack(await user.person.approve(redirectUrl));
    expect(home?.searchParams.get('mooring_status')).toBe('active');
    expect(home?.searchParams.get('mooring_connection')).toBe(user.connectionId);
    expect(await stage.mooring.accounts.getRefresh(id).result()).toEqual({
      status: 'ACTIVE',
      reason: null,
      connectedAccountId: id,
      statusReason: null,
    });
    expect(await user.left()).toEqual([[id, 'ACTIVE']]);
    await expect.poll(() => typesTold(user)).toEqual(['connection.healed']);
  });

  it('returns the same link to the same request, and busy to another one', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const [one, two] = await Promise.all([opened(user, id), opened(user, id)]);
    expect(two).toEqual(one);
    const others = [refresh(user, id), refresh(stage.user(), id, { returnUrl })];
    for (const other of await Promise.all(others)) {
      expect(other).toMatchObject({ outcome: 'busy', redirectUrl: null, connectionId: null });
    }
    expect(await refreshesOf(user)).toBe(1);
    await stage.mooring.accounts.getRefresh(id).cancel();
  });

  it('returns the first answer to a repeated call, even after the end', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const first = await opened(user, id, { requestId: 'r-1' });
    await stage.mooring.accounts.getRefresh(id).cancel();
    await stage.mooring.accounts.getRefresh(id).result();
    expect(await opened(user, id, { requestId: 'r-1' })).toEqual(first);
    expect(await refreshesOf(user)).toBe(1);
  });

  it('works for an account that was refreshed in the background before, at any time since', async () => {
    const user = stage.user();
    const id = await seeded(user);
    expect(await refresh(user, id)).toMatchObject({ outcome: 'reauth_required' });
    await expect.poll(() => typesTold(user)).toEqual(['connection.reauth_required']);
    const first = await opened(user, id);
    await stage.mooring.accounts.getRefresh(id).cancel();
    await stage.mooring.accounts.getRefresh(id).result();
    await stage.sandbox.setStatus(id, 'EXPIRED', abandoned);
    const second = await opened(user, id);
    expect(second.redirectUrl).not.toBe(first.redirectUrl);
    await user.comeBack(await user.person.approve(second.redirectUrl));
    expect(await stage.mooring.accounts.getRefresh(id).result()).toMatchObject({
      status: 'ACTIVE',
    });
    expect(await ended(id)).toBe('healed');
    const both = ['connection.reauth_required', 'connection.healed'];
    await expect.poll(() => typesTold(user)).toEqual(both);
  });

  it('notifies the user when they do not finish', async () => {
    const user = stage.user();
    const id = await seeded(user);
    await opened(user, id, { waitMs: 2_000 });
    expect(await stage.mooring.accounts.getRefresh(id).result()).toMatchObject({
      status: 'EXPIRED',
    });
    await expect.poll(() => typesTold(user)).toEqual(['connection.reauth_required']);
    expect(await user.left()).toEqual([[id, 'INITIATED']]);
  });

  it('gives a user who came too late another link to the same account', async () => {
    const user = stage.user();
    const id = await seeded(user);
    await opened(user, id, { waitMs: 2_000 });
    await stage.mooring.accounts.getRefresh(id).result();
    const { workflowId, runId } = await stage.mooring.accounts.getRefresh(id).describe();
    const again = await stage.mooring[ownCalls].connectAgain({ workflowId, runId });
    expect(again).toMatchObject({ connectedAccountId: id, connectionId: user.connectionId });
    await user.comeBack(await user.person.approve(again.redirectUrl ?? ''));
    expect(await stage.mooring.accounts.getRefresh(id).result()).toMatchObject({
      status: 'ACTIVE',
    });
  });

  it('ends at a cancel, deletes nothing and notifies nobody', async () => {
    const user = stage.user();
    const id = await seeded(user);
    await opened(user, id);
    expect(await stage.mooring.accounts.getRefresh(id).cancel()).toBe(true);
    expect(await stage.mooring.accounts.getRefresh(id).result()).toMatchObject({
      status: 'CANCELED',
    });
    expect(await user.left()).toEqual([[id, 'INITIATED']]);
    expect(typesTold(user)).toEqual([]);
  });

  it('releases the account at a cancel even while the API is down', async () => {
    const user = stage.user();
    const id = await seeded(user);
    await stage.sandbox.fault({
      route: refreshRoute,
      userId: user.id,
      times: 100,
      fault: { kind: 'status', status: 503 },
    });
    const asked = refresh(user, id);
    await expect.poll(() => refreshesOf(user)).toBeGreaterThan(0);
    await stage.temporal.workflow.getHandle(accountWorkflowId(id)).cancel();
    expect(await asked).toMatchObject({ outcome: 'busy' });
    await stage.sandbox.clearFaults();
  });

  it('is in no history in clear text', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const { redirectUrl } = await opened(user, id);
    const handle = stage.stored.workflow.getHandle(accountWorkflowId(id));
    expect(everyByte(await handle.fetchHistory())).not.toContain(redirectUrl);
    await stage.mooring.accounts.getRefresh(id).cancel();
  });
});

describe('awaitReauth', () => {
  async function remember(
    user: TestUser,
    id: string,
    timings: NonNullable<ReauthInput['timings']>,
  ) {
    const input: ReauthInput = { userId: user.id, connectedAccountId: id, timings };
    return stage.temporal.workflow.start('awaitReauth', {
      workflowId: reauthWorkflowId(id),
      taskQueue: stage.taskQueue,
      args: [input],
      typedSearchAttributes: [
        { key: searchAttributeKeys.userId, value: visibleUserId(user.id) },
        { key: searchAttributeKeys.accountId, value: id },
      ],
    });
  }

  it('refuses an account other than the one of its workflow id, and notifies nobody', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const handle = await stage.temporal.workflow.start('awaitReauth', {
      workflowId: reauthWorkflowId(`${id}x`),
      taskQueue: stage.taskQueue,
      args: [{ userId: user.id, connectedAccountId: id, timings: { ...quick, keepMs: 2_000 } }],
    });
    const refusal = await handle.result().catch((error: unknown) => error);
    expect(inspect(refusal, { depth: 6 })).toContain('ERR_INVALID_INPUT');
    expect(told(user)).toEqual([]);
    expect(await user.calls()).toEqual([]);
  });

  it('notices by itself that the account is ACTIVE again, whatever the cause', async () => {
    const user = stage.user();
    const id = await seeded(user);
    await remember(user, id, quick);
    await expect.poll(() => typesTold(user)).toEqual(['connection.reauth_required']);
    await stage.sandbox.setStatus(id, 'ACTIVE');
    expect(await ended(id)).toBe('healed');
    const both = ['connection.reauth_required', 'connection.healed'];
    await expect.poll(() => typesTold(user)).toEqual(both);
    expect(told(user).map((event) => event.data)).toMatchObject([
      { status: 'EXPIRED' },
      { status: 'ACTIVE' },
    ]);
  });

  it('reads after a hint, and once for many hints', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const handle = await remember(user, id, { hintSpacingMs: 1_000 });
    await expect.poll(async () => (await toldView(id)).reads).toBe(1);
    await Promise.all(Array.from({ length: 20 }, () => handle.signal(hintSignal)));
    await expect.poll(async () => (await toldView(id)).reads, { timeout: 5_000 }).toBe(2);
    await stage.sandbox.setStatus(id, 'ACTIVE');
    await handle.signal(hintSignal);
    expect(await ended(id)).toBe('healed');
    expect(await user.calls()).toEqual([readRoute, readRoute, readRoute]);
  });

  it.each<[string, (id: string) => Promise<void>]>([
    ['revoked', (id) => stage.sandbox.setStatus(id, 'REVOKED')],
    ['disabled', (id) => stage.sandbox.setStatus(id, 'INACTIVE')],
    ['gone', (id) => stage.sandbox.remove(id)],
  ])('ends %s, and sends no other event', async (end, change) => {
    const user = stage.user();
    const id = await seeded(user);
    await remember(user, id, quick);
    await expect.poll(() => typesTold(user)).toHaveLength(1);
    await change(id);
    expect(await ended(id)).toBe(end);
    expect(typesTold(user)).toEqual(['connection.reauth_required']);
  });

  it('forgets a user who does nothing, after its maximum time', async () => {
    const user = stage.user();
    const id = await seeded(user);
    await remember(user, id, { ...quick, keepMs: 2_000 });
    expect(await ended(id)).toBe('forgotten');
  });

  it('notifies nobody of an account that needs no re-authentication, or is another user’s', async () => {
    const [user, other] = [stage.user(), stage.user()];
    const id = await seeded(user, 'ACTIVE');
    await remember(user, id, quick);
    expect(await ended(id)).toBe('healed');
    await remember(other, id, quick);
    expect(await ended(id)).toBe('gone');
    expect([...typesTold(user), ...typesTold(other)]).toEqual([]);
  });
});

describe('mooring refresh', () => {
  it('prints the result, and exits 0 when the account can be used', async () => {
    const user = stage.user();
    const id = await seeded(user, 'ACTIVE');
    const done = await mooring(['refresh', id, '--user', user.id], stage.env).end();
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('healthy') as string });
    await stage.sandbox.setStatus(id, 'REVOKED');
    const failed = await mooring(['refresh', id, '--user', user.id, '--json'], stage.env).end();
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      outcome: 'cannot_refresh',
      reason: 'revoked',
    });
  });

  it('prints the link, waits, and exits 0 when the account is ACTIVE', async () => {
    const user = stage.user();
    const id = await seeded(user);
    const flags = ['--user', user.id, '--return-url', returnUrl, '--wait', '--json'];
    const running = mooring(['refresh', id, ...flags], stage.env);
    await expect.poll(() => refreshesOf(user), { timeout: 10_000 }).toBe(1);
    const { redirectUrl } = await refresh(user, id, { returnUrl });
    await user.comeBack(await user.person.approve(redirectUrl ?? ''));
    const { code, stdout } = await running.end();
    const [answer, outcome] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(answer).toMatchObject({ outcome: 'reauth_required', redirectUrl });
    expect(outcome).toMatchObject({ status: 'ACTIVE', connectedAccountId: id });
    expect(code).toBe(0);
  });
});
