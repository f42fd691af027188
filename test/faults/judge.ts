import { inspect } from 'node:util';
import { expect } from 'vitest';
import { type ConnectOutcome, MooringError } from '../../src/index.ts';
import { accountWorkflowId } from '../../src/domain/ids.ts';
import { decodedEvents, everyByte, givesTheLink, leaks } from '../support/grep.ts';
import type { TestStage } from '../support/stage.ts';
import type { Cell } from './cells.ts';
import { expectedOf, mostCalls } from './expected.ts';
import { alias, type Told } from './story.ts';

const marker = /^mooring-[0-9a-f]{12}-\d+$/;

/**
 * Throws when a promise is broken. Judges by the sandbox's own store and logs, not by what the
 * product reports.
 */
export async function judge(
  stage: TestStage,
  cell: Cell,
  told: Told,
  outcome: ConnectOutcome,
): Promise<void> {
  const expected = expectedOf(cell);
  const { user, answer, before } = told;
  for (const repeat of told.repeats) {
    expect(repeat, 'the answer to the same request').toEqual(answer);
  }
  if (expected === 'ACTIVE') {
    expect(answer, 'the answer').not.toBeInstanceOf(MooringError);
    expect(outcome, 'the outcome').toEqual({
      status: 'ACTIVE',
      reason: null,
      connectedAccountId: expect.any(String),
      statusReason: null,
      ...(cell.call.method === 'replaces' && {
        replaced: {
          connectedAccountId: before,
          // An outcome takes less than a minute.
          result:
            cell.fault === '429 for 61 s'
              ? expect.stringMatching(/grant_shared|pending/)
              : 'grant_shared',
        },
      }),
    });
  } else {
    expect(answer, 'the answer').toMatchObject({ code: expected });
    const refused = { status: 'FAILED', reason: 'refused', statusReason: expected };
    expect(outcome, 'the outcome').toMatchObject(refused);
  }
  if (cell.callback === 'late' && told.callback !== null) {
    // A reload of the callback page sends the browser back to the app and changes nothing.
    const home = await user.comeBack(told.callback);
    expect(home?.searchParams.get('mooring_status'), 'what the browser sees').toBe('active');
  }
  // An account that could not be deleted gets a run of its own, after the outcome is sent.
  await expect
    .poll(() => left(stage, told), { message: 'left at the API', timeout: 90_000, interval: 250 })
    .toEqual(leftBy(cell, told, outcome));
  await judgeWrites(stage, told, outcome);

  const calls = await stage.sandbox.callLog({ userId: user.id });
  expect(
    calls.filter(({ fault }) => fault !== null),
    'calls hit by the fault',
  ).toHaveLength(1);
  const pendingMs = await pendingTime(stage, told, outcome);
  const { workflowId } = stage.mooring.connections.get(told.connectionId);
  const routes = calls.map(({ route, fault }) => (fault === null ? route : `${route} (${fault})`));
  expect(routes.length, `calls: ${routes.join(', ')}`).toBeLessThanOrEqual(
    mostCalls(cell, pendingMs, await lostTries(stage, workflowId)),
  );
}

async function left(stage: TestStage, { user }: Told) {
  const rows = await stage.sandbox.accounts({ userId: user.id });
  return rows
    .filter(({ deleted }) => !deleted)
    .map(({ id, status, alias }) => ({ id, status, alias }));
}

function leftBy(
  { call: { method } }: Cell,
  { before }: Told,
  { status, connectedAccountId }: ConnectOutcome,
) {
  const isActive = status === 'ACTIVE';
  const kept = { id: connectedAccountId, status: 'ACTIVE', alias: expect.stringMatching(marker) };
  switch (method) {
    case 'existing':
      return [{ id: before, status: isActive ? 'ACTIVE' : 'INITIATED', alias: null }];
    case 'replaces':
      return isActive ? [kept] : [{ id: before, status: 'ACTIVE', alias: null }];
    case 'alias':
      return isActive ? [{ ...kept, alias }] : [];
    default:
      return isActive ? [kept] : [];
  }
}

/**
 * Only our own accounts are deleted, and none of their grants lives. The replaced account is
 * deleted too; the new one shares its grant.
 */
async function judgeWrites(stage: TestStage, { user, before }: Told, outcome: ConnectOutcome) {
  const writes = (await stage.sandbox.writes({ userId: user.id })).filter(({ by }) => by === 'api');
  const made = writes.filter(({ op }) => op === 'link' || op === 'create');
  const deleted = writes.filter(({ op }) => op === 'delete').map(({ accountId }) => accountId);
  const ours = made.map(({ accountId }) => accountId);
  const replaced = outcome.status === 'ACTIVE' ? outcome.replaced : undefined;
  const ended = replaced === undefined ? [] : [replaced.connectedAccountId];
  expect(deleted.toSorted(), 'all other accounts of ours are deleted, and no others').toEqual(
    [...ours.filter((id) => id !== outcome.connectedAccountId), ...ended].toSorted(),
  );
  const statusWrites = writes.filter(({ op }) => op === 'status');
  expect(statusWrites.filter(({ accountId }) => accountId !== before)).toEqual([]);
  for (const id of deleted.filter((one) => one !== before)) {
    expect(Object.values(await stage.sandbox.introspect(id)), 'grant').not.toContain(true);
  }
}

/** How long the account waited for its user, by the sandbox's clock. */
async function pendingTime(
  stage: TestStage,
  { user }: Told,
  { connectedAccountId }: ConnectOutcome,
) {
  const writes = await stage.sandbox.writes({ userId: user.id });
  const own = writes.filter(({ accountId }) => accountId === connectedAccountId);
  const active = own.find(({ statusAfter }) => statusAfter === 'ACTIVE');
  return (active?.at ?? 0) - (own[0]?.at ?? 0);
}

/** Tries that Temporal's clock ended. */
export async function lostTries(stage: TestStage, workflowId: string): Promise<number> {
  const events = await historyOf(stage, workflowId);
  const started = events.map((event) => event.activityTaskStartedEventAttributes);
  // The history has only the last try of an activity, and the failure of the one before it.
  const lost = started.filter((last) => last?.lastFailure?.timeoutFailureInfo);
  return lost.reduce((sum, last) => sum + (last?.attempt ?? 1) - 1, 0);
}

/** The last part of a callback URL: with it anyone can wake the attempt, and send a browser on. */
export function tokenOf(callback: URL): string {
  return callback.pathname.split('/').pop() ?? '';
}

/**
 * Throws when a secret is in what the server has stored of this cell, or in a decoded history that
 * gives no link.
 */
export async function requireNoLeak(
  stage: TestStage,
  { connectionId, before, callback, answer }: Told,
  issued: readonly string[],
): Promise<void> {
  const secrets = [...issued, ...(callback === null ? [] : [tokenOf(callback)])];
  const { workflowId } = stage.mooring.connections.get(connectionId);
  const runs = [workflowId, ...(before === null ? [] : [accountWorkflowId(before)])];
  const histories = await Promise.all(runs.map((id) => historyOf(stage, id)));
  const codecs = stage.temporal.options.loadedDataConverter.payloadCodecs;
  const decoded = (
    await Promise.all(histories.map((events) => decodedEvents(events, codecs)))
  ).flat();
  const places = {
    'the stored history': everyByte(histories),
    'the decoded history': decoded.filter((line) => !givesTheLink.test(line)).join('\n'),
    'the refusal': answer instanceof MooringError ? inspect(answer, { depth: 12 }) : '',
  };
  for (const [place, text] of Object.entries(places)) {
    expect(leaks(text, secrets), `secrets in ${place}`).toEqual([]);
  }
}

/** A replaced account has a run of its own only if the attempt came that far. */
async function historyOf(stage: TestStage, workflowId: string) {
  const handle = stage.stored.workflow.getHandle(workflowId);
  const history = await handle.fetchHistory().catch(() => null);
  return history?.events ?? [];
}
