import { isDeepStrictEqual } from 'node:util';
import type { OffboardingReceipt } from '../../src/domain/access/access.ts';
import type { RevokeInput, DisconnectReceipt } from '../../src/domain/disconnect/disconnect.ts';
import type { Delivery, Run } from '../evidence.ts';
import type { Attempt } from './attempts.ts';
import { connectEvents, dataOf } from './connect-events.ts';
import type { Check, Facts, Finding } from './facts.ts';
import { groupBy } from './group.ts';
import { offboardingReceipts } from './receipts.ts';
import { statusesDuring } from './statuses.ts';
import { isOpen, withSlack } from './times.ts';

/** Every event reaches each endpoint, signed, and an id belongs to one event. */
export const checkEvents: Check = (facts) => [
  ...findUnsignedDeliveries(facts),
  ...findChangedEvents(facts),
  ...judgeAttempts(facts),
  ...judgeEnds(facts),
  ...judgeOffboardings(facts),
];

function findUnsignedDeliveries({ evidence }: Facts): Finding[] {
  return evidence.deliveries
    .filter(({ isVerified }) => !isVerified)
    .map(({ n, endpoint, userId }) => ({
      userId,
      what: `delivery ${n} at ${endpoint} had no valid signature`,
    }));
}

/** One id has one content, at every endpoint and in every try. */
function findChangedEvents({ evidence }: Facts): Finding[] {
  const verified = evidence.deliveries.filter(({ isVerified }) => isVerified);
  return [...groupBy(verified, ({ eventId }) => eventId)].flatMap(([id, deliveries]) => {
    const [first, ...rest] = deliveries;
    const other = rest.find(({ body }) => !isSameBody(body, first?.body ?? ''));
    if (first === undefined || other === undefined) return [];
    const what = `deliveries ${first.n} and ${other.n} of event ${id} differ`;
    return [{ userId: first.userId, what }];
  });
}

function isSameBody(one: string, other: string): boolean {
  return one === other || isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
}

function judgeAttempts(facts: Facts): Finding[] {
  const byRun = groupBy(connectEvents(facts), ({ runId }) => runId);
  return facts.attempts.flatMap((attempt) => {
    const { run, userId, outcome, isRefused } = attempt;
    const sent = byRun.get(run.runId) ?? [];
    const ids = new Set(sent.map(({ id }) => id));
    const who = `attempt ${run.runId}`;
    if (ids.size > 1) return [{ userId, what: `${who} sent ${ids.size} events of its outcome` }];
    if (isRefused) {
      return ids.size === 0 ? [] : [{ userId, what: `${who} was refused, and sent an event` }];
    }
    if (outcome === null || !isAttemptNews(attempt, facts)) return [];
    const type = `connect.${outcome.status.toLowerCase()}`;
    const wanted = { type, runId: run.runId, deliveries: sent.map(({ delivery }) => delivery) };
    return findUnreachedEndpoints(wanted, facts).map((what) => ({
      userId,
      what: `${who}: ${what}`,
    }));
  });
}

/**
 * An account that the attempt found ACTIVE is no news. An account that the attempt created always
 * is.
 */
function isAttemptNews({ run, outcome, made, userId }: Attempt, facts: Facts): boolean {
  const id = outcome?.connectedAccountId ?? null;
  if (id === null || made.includes(id)) return true;
  // The attempt has read the account before its caller gets the id.
  const answer = facts
    .calls(userId)
    .find(
      ({ value, answeredAt }) =>
        accountIn(value) === id && answeredAt !== null && answeredAt >= run.startedAt,
    );
  const openedAt = answer?.answeredAt ?? run.closedAt ?? facts.evidence.collectedAt;
  const { from } = withSlack({ from: run.startedAt, to: openedAt });
  const statuses = statusesDuring(facts.writes(id), { from, to: openedAt });
  return statuses.size > 0 && !statuses.has('ACTIVE');
}

function accountIn(value: unknown): string | null {
  return (value as { connectedAccountId?: string } | null)?.connectedAccountId ?? null;
}

function judgeEnds(facts: Facts): Finding[] {
  const byRun = groupBy(facts.evidence.deliveries, ({ eventId }) => runOf(eventId));
  return facts.evidence.runs.flatMap((run) => {
    const receipt = receiptOf(run);
    if (receipt === null || !isEndNews(receipt, run)) return [];
    const { userId } = receipt;
    const deliveries = byRun.get(run.runId) ?? [];
    const wanted = { type: typeOf(receipt), runId: run.runId, deliveries };
    const who = `disconnect run ${run.runId} of account ${receipt.connectedAccountId}`;
    return findUnreachedEndpoints(wanted, facts).map((what) => ({
      userId,
      what: `${who}: ${what}`,
    }));
  });
}

function receiptOf({ type, result }: Run): DisconnectReceipt | null {
  if (type !== 'revokeThenDelete') return null;
  return (result as { receipt?: DisconnectReceipt } | null)?.receipt ?? null;
}

/**
 * An account that was deleted before the run could read it belongs to no connection that an event
 * could name.
 */
function isEndNews(
  { reason, statusAfter, authConfigId }: DisconnectReceipt,
  { input }: Run,
): boolean {
  if (authConfigId === null) return false;
  if ((input as RevokeInput | null)?.isReported === true) return true;
  return reason === 'disconnect' || (reason === 'replaced' && statusAfter !== null);
}

function typeOf({ proof, statusAfter }: DisconnectReceipt): string {
  if (proof === 'unproven') return 'connection.end_unproven';
  if (statusAfter === null) return 'connection.deleted';
  return statusAfter === 'REVOKED' ? 'connection.revoked' : 'connection.end_unproven';
}

function judgeOffboardings(facts: Facts): Finding[] {
  const type = 'user.offboarded';
  const sent = facts.evidence.deliveries.filter((delivery) => delivery.type === type);
  const receipts = new Map(
    offboardingReceipts(facts.evidence).map((each) => [`${each.userId} ${each.times.ended}`, each]),
  );
  return [...receipts.values()].flatMap(({ userId, times }) => {
    const deliveries = sent.filter(
      (delivery) => delivery.userId === userId && endedAt(delivery) === times.ended,
    );
    const runs = facts.accessRuns(userId);
    const runId = runs.findLast((run) => run.startedAt <= Date.parse(times.ended))?.runId ?? '';
    const who = `the offboarding that ended at ${times.ended}`;
    const whats = findUnreachedEndpoints({ type, runId, deliveries }, facts);
    return whats.map((what) => ({ userId, what: `${who}: ${what}` }));
  });
}

function endedAt(delivery: Delivery): string | undefined {
  return (dataOf(delivery) as Partial<OffboardingReceipt>).times?.ended;
}

/** An event's id is the id of the run that sends it, and a number. */
function runOf(eventId: string | null): string | null {
  return eventId === null ? null : eventId.replace(/_[^_]*$/, '');
}

interface Wanted {
  type: string;
  runId: string;
  deliveries: readonly Delivery[];
}

/** The endpoints that want this type of event and did not get it. */
function findUnreachedEndpoints(
  { type, runId, deliveries }: Wanted,
  { evidence }: Facts,
): string[] {
  // An event that is still on its way is reported as stuck.
  const isOnItsWay = evidence.runs.some(
    (run) =>
      run.workflowId.startsWith(`event/${runId}_`) && isOpen(run) && run.phase !== 'given_up',
  );
  if (isOnItsWay) return [];
  return evidence.endpoints.flatMap((endpoint) => {
    const isThere = deliveries.some(
      (delivery) =>
        delivery.type === type &&
        delivery.endpoint === endpoint &&
        delivery.status >= 200 &&
        delivery.status < 300,
    );
    return isThere ? [] : [`${type} never reached ${endpoint}`];
  });
}
