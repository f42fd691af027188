import { expect } from 'vitest';
import { type EndReceipt, type MooringEvent, type Proof, verifyEvent } from '../../../src/index.ts';
import type { CallEntry, WriteEntry } from '../../../sandbox/control.ts';
import type { Receiver } from '../../support/receiver.ts';
import type { TestStage } from '../../support/stage.ts';
import { lostTries } from '../judge.ts';
import { expectedOf, mostCalls } from './expected.ts';
import type { Ending } from './story.ts';

/** Where the backend is told, and what it checks it by. */
export interface Backend {
  receiver: Receiver;
  secret: string;
}

/** Throws when a promise is broken: by the sandbox's own store and logs, and by the provider's introspection. */
export async function judge(
  stage: TestStage,
  { receiver, secret }: Backend,
  { cell, userId, connectedAccountId, run }: Ending,
  receipt: EndReceipt,
  outageMs: number,
): Promise<void> {
  const writes = await stage.sandbox.writes({ userId });
  const calls = await stage.sandbox.callLog({ userId });
  const story = calls.map(({ route, status, fault }) => `${route} ${status ?? '-'} ${fault ?? ''}`);
  // Of a try that Temporal took for dead, on a busy machine, the next one may not know what it has done last.
  const lost = await lostTries(stage, run.workflowId);
  const mayHaveForgotten = cell.kill !== 'none' || lost > 0;
  const isDisturbed = lost > (cell.kill === 'none' ? 0 : 1);
  const context = `\n${story.join('\n')}\nlost tries: ${lost}\n`;
  const expected = expectedOf(cell, mayHaveForgotten);
  const forgotten: Proof[] = isDisturbed ? ['gone', 'revoked'] : [];
  const known = [...expected, ...forgotten].includes(receipt.proof);
  expect(known, `the proof ${receipt.proof}, and not ${expected.join(' or ')}${context}`).toBe(
    true,
  );
  const [row, ...others] = await stage.sandbox.accounts({ userId });
  expect(others, 'accounts nobody asked for').toEqual([]);
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

/** Nothing that lives is deleted without a verdict on its revocation, and nothing is done after a delete. */
function judgeOrder(writes: WriteEntry[], calls: CallEntry[], context: string): void {
  const ours = writes.filter(({ by }) => by === 'api');
  const deletes = ours.filter(({ op }) => op === 'delete');
  expect(deletes.length, `deletes${context}`).toBeLessThanOrEqual(1);
  for (const { at, statusBefore } of deletes) {
    if (statusBefore !== 'ACTIVE' && statusBefore !== 'INACTIVE') continue;
    const refused = calls.some((call) => isRevoke(call) && call.status === 400 && call.at <= at);
    expect(refused, `deleted ${statusBefore}, and its revocation was not refused${context}`).toBe(
      true,
    );
  }
  if (deletes.length > 0) expect(ours.at(-1)?.op, `the last write${context}`).toBe('delete');
}

/** A call that the API has taken may last for ten seconds, and readings and pauses come on top of the two of a round. */
const roundAndCallsMs = 20_000;
/** On a machine so busy that a heartbeat comes late, all else is as late. */
const lostTryMs = 15_000;

/** Whatever was enabled is soon REVOKED, disabled again, or gone: with a verdict, which `judgeOrder` sees to. */
function judgeBracket(writes: WriteEntry[], outageMs: number, context: string): void {
  for (const [n, { by, op, statusBefore, statusAfter, at }] of writes.entries()) {
    if (by !== 'api' || op !== 'status' || statusAfter !== 'ACTIVE') continue;
    expect(statusBefore, `enabled${context}`).toBe('INACTIVE');
    const next = writes[n + 1];
    const isClosed =
      next?.by === 'control' ||
      next?.op === 'delete' ||
      ['REVOKED', 'INACTIVE'].includes(next?.statusAfter ?? '');
    expect(isClosed, `closed after it was enabled${context}`).toBe(true);
    expect((next?.at ?? Infinity) - at, `ms enabled${context}`).toBeLessThan(
      roundAndCallsMs + outageMs,
    );
  }
}

/** What is said of the grant is so, at the provider. */
function judgeProof(
  { proof, certain, revokedTokens }: EndReceipt,
  writes: WriteEntry[],
  calls: CallEntry[],
  tokens: { access: boolean | null; refresh: boolean | null },
  mayHaveForgotten: boolean,
  context: string,
): void {
  const lives = Object.values(tokens).includes(true);
  const byUs = writes.some(({ by, revoked, op }) => by === 'api' && revoked && op === 'status');
  const proven = ['revoked', 'already_revoked', 'never_active'].includes(proof);
  if (proven || certain) expect(lives, `a living grant, ${proof}${context}`).toBe(false);
  const isKnown = proven && proof !== 'never_active';
  expect(certain, `certain, ${proof}${context}`).toBe(isKnown);
  const asked = calls.filter(isRevoke);
  switch (proof) {
    case 'revoked':
      // Whoever comes after a worker that was killed takes what is REVOKED for its doing.
      if (mayHaveForgotten) return expect(writes.some(revokes), context).toBe(true);
      return expect(asked.length, `revocations${context}`).toBeGreaterThan(0);
    case 'unsupported':
      return expect(asked.map(({ status }) => status)).toContain(400);
    case 'already_revoked':
    case 'never_active':
      expect(byUs, `${proof}, and it was us${context}`).toBe(false);
      return expect(revokedTokens, `tokens, ${proof}${context}`).toEqual([]);
    default:
      // What is not known is no lie.
      return;
  }
}

function revokes({ statusAfter }: WriteEntry): boolean {
  return statusAfter === 'REVOKED';
}

function isRevoke({ route }: CallEntry): boolean {
  return route.endsWith('/revoke');
}

/** Of this account, each once: what is delivered twice has one id. */
function eventsOf({ received }: Receiver, secret: string, id: string): MooringEvent[] {
  const own = received.filter(({ body }) => body.includes(id));
  const events = own.map(({ headers, body }) => verifyEvent(headers, body, secret));
  return [...new Map(events.map((event) => [event.id, event])).values()];
}
