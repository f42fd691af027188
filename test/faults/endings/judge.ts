import { expect } from 'vitest';
import {
  type DisconnectReceipt,
  type MooringEvent,
  type RevocationProof,
  verifyEvent,
} from '../../../src/index.ts';
import type { CallEntry, WriteEntry } from '../../../sandbox/control.ts';
import type { Receiver } from '../../support/receiver.ts';
import type { TestStage } from '../../support/stage.ts';
import { lostTries } from '../judge.ts';
import { expectedOf, mostCalls } from './expected.ts';
import type { Ending } from './story.ts';

/** Where the backend receives events, and the secret that verifies them. */
export interface Backend {
  receiver: Receiver;
  secret: string;
}

/**
 * Throws when a promise is broken. Judges by the sandbox's own store and logs, and by the
 * provider's introspection.
 */
export async function judge(
  stage: TestStage,
  { receiver, secret }: Backend,
  { cell, userId, connectedAccountId, run }: Ending,
  receipt: DisconnectReceipt,
  outageMs: number,
): Promise<void> {
  const writes = await stage.sandbox.writes({ userId });
  const calls = await stage.sandbox.callLog({ userId });
  const story = calls.map(({ route, status, fault }) => `${route} ${status ?? '-'} ${fault ?? ''}`);
  // On a busy machine Temporal may declare a try dead. The next try may not know the last call of
  // that one.
  const lost = await lostTries(stage, run.workflowId);
  const mayHaveForgotten = cell.kill !== 'none' || lost > 0;
  const isDisturbed = lost > (cell.kill === 'none' ? 0 : 1);
  const context = `\n${story.join('\n')}\nlost tries: ${lost}\n`;
  const expected = expectedOf(cell, mayHaveForgotten);
  const forgotten: RevocationProof[] = isDisturbed ? ['gone', 'revoked'] : [];
  const known = [...expected, ...forgotten].includes(receipt.proof);
  expect(known, `the proof is ${receipt.proof}, not ${expected.join(' or ')}${context}`).toBe(true);
  const [row, ...others] = await stage.sandbox.accounts({ userId });
  expect(others, 'accounts that no test has requested').toEqual([]);
  expect(row?.deleted, `deleted at the API${context}`).toBe(true);
  expect(receipt, 'the receipt').toMatchObject({
    userId,
    connectedAccountId,
    authConfigId: 'ac_gmail',
    statusAfter: null,
    siblings: [],
    reason: 'disconnect',
    note: 'asked by a test',
  });
  judgeOrder(writes, calls, context);
  judgeBracket(writes, outageMs + lost * lostTryMs, context);
  const tokens = await stage.sandbox.introspect(connectedAccountId);
  judgeProof(receipt, writes, calls, tokens, mayHaveForgotten, context);
  expect(calls.length, `calls${context}`).toBeLessThanOrEqual(mostCalls(cell, lost));

  const told = () => eventsOf(receiver, secret, connectedAccountId);
  await expect.poll(told, { message: 'the event', timeout: 20_000, interval: 250 }).toHaveLength(1);
  const type = receipt.proof === 'unproven' ? 'connection.end_unproven' : 'connection.deleted';
  expect(told()[0]).toMatchObject({ type, data: receipt });
}

/**
 * No living account is deleted without a verdict on its revocation, and nothing is written after a
 * delete.
 */
function judgeOrder(writes: WriteEntry[], calls: CallEntry[], context: string): void {
  const ours = writes.filter(({ by }) => by === 'api');
  const deletes = ours.filter(({ op }) => op === 'delete');
  expect(deletes.length, `deletes${context}`).toBeLessThanOrEqual(1);
  for (const { at, statusBefore } of deletes) {
    if (statusBefore !== 'ACTIVE' && statusBefore !== 'INACTIVE') continue;
    const refused = calls.some((call) => isRevoke(call) && call.status === 400 && call.at <= at);
    expect(
      refused,
      `deleted while ${statusBefore}, and its revocation was not refused${context}`,
    ).toBe(true);
  }
  if (deletes.length > 0) expect(ours.at(-1)?.op, `the last write${context}`).toBe('delete');
}

/**
 * A call that the API has taken may last ten seconds, and a round has two. Reads and pauses come on
 * top.
 */
const roundAndCallsMs = 20_000;
/** On a machine so busy that a heartbeat is late, everything else is as late. */
const lostTryMs = 15_000;

/**
 * An account that was enabled is soon REVOKED, disabled again, or gone. `judgeOrder` checks the
 * verdict.
 */
function judgeBracket(writes: WriteEntry[], outageMs: number, context: string): void {
  for (const [n, { by, op, statusBefore, statusAfter, at }] of writes.entries()) {
    if (by !== 'api' || op !== 'status' || statusAfter !== 'ACTIVE') continue;
    expect(statusBefore, `enabled${context}`).toBe('INACTIVE');
    const next = writes[n + 1];
    const isClosed =
      next?.by === 'control' ||
      next?.op === 'delete' ||
      ['REVOKED', 'INACTIVE'].includes(next?.statusAfter ?? '');
    expect(isClosed, `disabled again after it was enabled${context}`).toBe(true);
    expect((next?.at ?? Infinity) - at, `ms enabled${context}`).toBeLessThan(
      roundAndCallsMs + outageMs,
    );
  }
}

/** Checks at the provider what the receipt says of the grant. */
function judgeProof(
  { proof, certain, revokedTokens }: DisconnectReceipt,
  writes: WriteEntry[],
  calls: CallEntry[],
  tokens: { access: boolean | null; refresh: boolean | null },
  mayHaveForgotten: boolean,
  context: string,
): void {
  const lives = Object.values(tokens).includes(true);
  const byUs = writes.some(({ by, revoked, op }) => by === 'api' && revoked && op === 'status');
  const proven = ['revoked', 'already_revoked', 'never_active'].includes(proof);
  if (proven || certain)
    expect(lives, `the grant lives, and the proof is ${proof}${context}`).toBe(false);
  const isKnown = proven && proof !== 'never_active';
  expect(certain, `certain, ${proof}${context}`).toBe(isKnown);
  const asked = calls.filter(isRevoke);
  switch (proof) {
    case 'revoked':
      // After a killed worker, the next try takes a REVOKED account for its own revocation.
      if (mayHaveForgotten) return expect(writes.some(revokes), context).toBe(true);
      return expect(asked.length, `revocations${context}`).toBeGreaterThan(0);
    case 'unsupported':
      return expect(asked.map(({ status }) => status)).toContain(400);
    case 'already_revoked':
    case 'never_active':
      expect(byUs, `the proof is ${proof}, and Mooring revoked it${context}`).toBe(false);
      return expect(revokedTokens, `tokens, ${proof}${context}`).toEqual([]);
    default:
      // An unknown result is not a false one.
      return;
  }
}

function revokes({ statusAfter }: WriteEntry): boolean {
  return statusAfter === 'REVOKED';
}

function isRevoke({ route }: CallEntry): boolean {
  return route.endsWith('/revoke');
}

/** The events of this account, each once: a repeated delivery has the same id. */
function eventsOf({ received }: Receiver, secret: string, id: string): MooringEvent[] {
  const own = received.filter(({ body }) => body.includes(id));
  const events = own.map(({ headers, body }) =>
    verifyEvent({ headers, rawBody: body, secrets: secret }),
  );
  return [...new Map(events.map((event) => [event.id, event])).values()];
}
