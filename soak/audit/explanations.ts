import { authConfigs, findAuthConfig } from '../../sandbox/auth-configs.ts';
import { callersAlias } from '../../src/domain/account.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { Call, Run } from '../evidence.ts';
import { accountsOf, attemptsOf, keyOf, runsAsked, textIn } from './asked.ts';
import type { AccountRow, Facts } from './facts.ts';
import { hasOtherWishes } from './wishes.ts';
import { statusesDuring, wasOnly } from './statuses.ts';
import { isOpen, type Span, wasOpen, wasOpenThroughout, withSlack } from './times.ts';

/** Whether the log has a reason for a refusal in this span. */
type Explains = (call: Call, span: Span, facts: Facts) => boolean;

const never: Explains = () => false;
/** A fault of the API, of which the API itself gives no more than this. */
const duringFaults: Explains = ({ askedAt }, _, { evidence }) => askedAt < evidence.faultsEndedAt;

/** For each code when it may be thrown. A code that is new has to be given a reason here. */
export const explains: Record<ErrorCode, Explains> = {
  ERR_INVALID_INPUT: isInvalid,
  ERR_ALREADY_CONNECTED: hasActiveAccount,
  ERR_CONNECT_IN_PROGRESS: hasOtherAttempt,
  ERR_AUTH_CONFIG_NOT_FOUND: (call) =>
    findAuthConfig(textIn(call, 'authConfigId') ?? '') === undefined,
  ERR_ACCOUNT_NOT_FOUND: hasNoAccount,
  ERR_ENDPOINT_RETIRED: isCredentials,
  ERR_CREDENTIALS_REJECTED: isCredentials,
  ERR_MISSING_FIELDS: isCredentials,
  ERR_ALIAS_IN_USE: isAliasHeld,
  ERR_USER_BLOCKED: isAccessAtWork,
  ERR_UNAUTHORIZED: duringFaults,
  ERR_ACCOUNT_BUSY: isHeld,
  ERR_ACCOUNT_UNUSABLE: isUnusable,
  ERR_SEVERAL_ACCOUNTS: never,
  ERR_OUTCOME_TIMEOUT: isUnsettled,
  ERR_OUTCOME_UNKNOWN: isUnknown,
  // These are judged by when they were thrown.
  ERR_NO_WORKER: duringFaults,
  ERR_TEMPORAL_UNAVAILABLE: duringFaults,
  ERR_API_UNAVAILABLE: duringFaults,
  ERR_ENCRYPTION_KEY_MISSING: never,
};

function isInvalid({ operation, input, userId, n }: Call, _: Span, facts: Facts): boolean {
  const ids = [userId, input.userId, input.alias].filter((id) => typeof id === 'string');
  if (ids.some(isBadId)) return true;
  if (operation === 'sweep') return true;
  // A code that was right once is right again for the same call.
  if (operation !== 'confirm') return false;
  const same = facts
    .calls(userId ?? '')
    .filter((call) => call.n < n && call.input.code === input.code);
  return !same.some(({ value, input: other }) => value !== null && other.userId === input.userId);
}

/** Composio's lists join ids by commas. The rest would be lost or mistaken on the way. */
function isBadId(id: string): boolean {
  const isOdd = id === '' || id === 'default' || id.trim() !== id || /[,\p{Cc}]/u.test(id);
  return isOdd || Buffer.byteLength(id) > 255 || !id.isWellFormed();
}

function hasActiveAccount(call: Call, span: Span, facts: Facts): boolean {
  return accountsOf(call, facts).some((row) =>
    statusesDuring(facts.writes(row.id), withSlack(span)).has('ACTIVE'),
  );
}

/** Another request made an attempt of this connection, with other wishes or with credentials, which nobody joins. */
function hasOtherAttempt(call: Call, span: Span, facts: Facts): boolean {
  const { input, requestId } = call;
  return attemptsOf(call, facts).some((attempt) => {
    const isOwn = requestId !== null && attempt.input.requestId === requestId;
    if (isOwn || !wasOpen(attempt.run, span)) return false;
    return hasOtherWishes(attempt.input, input);
  });
}

function hasNoAccount(call: Call, span: Span, facts: Facts): boolean {
  const { operation, userId } = call;
  const key = keyOf(call);
  if (operation === 'keep') {
    const runs = facts.accountRuns(textIn(call, 'connectedAccountId') ?? '').filter(isEnd);
    return !runs.some((run) => wasOpenThroughout(run, span));
  }
  if (operation === 'reconnectLink') {
    return !accountsOf(call, facts).some(
      (row) => isThere(row, span, facts) && callersAlias(rowAt(row, span, facts)) === key?.alias,
    );
  }
  const row = facts.account(accountIn(call) ?? textIn(call, 'replaces') ?? '');
  if (row === undefined || row.userId !== userId) return true;
  if (key !== null && row.authConfigId !== key.authConfigId) return true;
  const isReplaced = rowAt(row, span, facts).alias?.startsWith('mooring-replaced-') === true;
  return isReplaced || !isThere(row, span, facts);
}

/** The account that the refusal names, or the request. */
function accountIn(call: Call): string | null {
  const named = call.error?.details.connectedAccountId;
  return typeof named === 'string' ? named : textIn(call, 'connectedAccountId');
}

/** The account was there all the time. */
function isThere({ id }: AccountRow, span: Span, facts: Facts): boolean {
  const during = statusesDuring(facts.writes(id), withSlack(span));
  return during.size > 0 && !during.has('deleted') && isOlder(id, span, facts);
}

function isOlder(id: string, { from }: Span, facts: Facts): boolean {
  return (facts.writes(id)[0]?.at ?? Infinity) < from;
}

/** As it was named at the end of the span. */
function rowAt({ id, alias }: AccountRow, span: Span, facts: Facts): { alias: string | null } {
  const last = facts.writes(id).findLast(({ at }) => at <= withSlack(span).to);
  return { alias: last === undefined ? alias : last.alias };
}

/** The sandbox's own rules: keys that it rejects, fields that it needs, ways that are closed. */
function isCredentials({ operation, input }: Call): boolean {
  const { initiate, link } = (input.method ?? {}) as { initiate?: unknown; link?: unknown };
  const needsFields = authConfigs.some(
    ({ id, required }) => id === input.authConfigId && required.length > 0,
  );
  return (
    operation === 'connectUser' && (initiate !== undefined || link !== undefined || needsFields)
  );
}

/** A deleted account may hold its alias too: the contract leaves that open. */
function isAliasHeld({ userId, input }: Call, span: Span, { evidence }: Facts): boolean {
  return evidence.writes.some(
    (write) =>
      write.userId === userId &&
      write.alias === input.alias &&
      write.accountId !== input.connectedAccountId &&
      write.at <= withSlack(span).to,
  );
}

function isAccessAtWork({ userId }: Call, span: Span, facts: Facts): boolean {
  return facts.accessRuns(userId ?? '').some((run) => wasOpen(run, span));
}

function isHeld(call: Call, span: Span, facts: Facts): boolean {
  const runs = facts.accountRuns(accountIn(call) ?? '');
  // Its own run may have been refused by the API, which had a lease on the account.
  const others = runs.filter((run) => !isOwnRefusal(run));
  return others.some((run) => wasOpen(run, span));
}

function isOwnRefusal({ type, result }: Run): boolean {
  const { refused } = (result ?? {}) as { refused?: { code: ErrorCode } };
  return type === 'accountCommand' && refused?.code === 'ERR_ACCOUNT_BUSY';
}

function isUnusable(call: Call, span: Span, facts: Facts): boolean {
  const { operation } = call;
  const id = textIn(call, 'connectedAccountId') ?? '';
  if (operation === 'keep') {
    const { collectedAt } = facts.evidence;
    const ends = facts.accountRuns(id).filter(isEnd);
    // The gates of a user and the row itself may end an undo window early.
    return !ends.some(
      (run) =>
        wasOpenThroughout(run, span) &&
        run.startedAt + undoOf(run) > Math.min(span.to, collectedAt) &&
        facts.accessRuns(call.userId ?? '').length === 0 &&
        wasOnly(facts.writes(id), withSlack(span), ['INACTIVE']),
    );
  }
  const isMarked = facts.writes(id).some(({ alias }) => alias?.startsWith('mooring-'));
  if (operation === 'updateAlias' && isMarked) return true;
  return !wasOnly(facts.writes(id), withSlack(span), ['ACTIVE', 'INACTIVE']);
}

function undoOf({ input }: Run): number {
  return (input as { undoWindowMs?: number } | null)?.undoWindowMs ?? 0;
}

/** What it waits for was still open as it was answered. */
function isUnsettled(call: Call, { to }: Span, facts: Facts): boolean {
  const now = { from: to, to };
  return runsAsked(call, facts).some((run) => wasOpen(run, now)) || duringFaults(call, now, facts);
}

/** There was nothing to ask, it ended just then, or it ended without an answer. */
function isUnknown(call: Call, span: Span, facts: Facts): boolean {
  const begun = runsAsked(call, facts).filter(({ startedAt }) => startedAt <= withSlack(span).from);
  const last = begun.at(-1);
  if (last === undefined) return true;
  if (!isOpen(last) && last.status !== 'COMPLETED') return true;
  if (call.operation === 'outcome' || call.operation === 'disconnectResult') return false;
  return !wasOpenThroughout(last, span);
}

function isEnd({ type }: Run): boolean {
  return type === 'revokeThenDelete';
}
