import { callersAlias } from '../../../src/domain/account.ts';
import type { ErrorCode } from '../../../src/domain/errors.ts';
import type { Call, Run } from '../../evidence.ts';
import { accountsAsked, keyOf, textIn } from '../asked.ts';
import type { AccountRow, Facts } from '../facts.ts';
import { statusesDuring, wasOnly } from '../statuses.ts';
import { type Span, undoOf, wasOpen, wasOpenThroughout, withSlack } from '../times.ts';

/**
 * Explained by the writes to the account: it did not exist the whole time, belonged to another
 * user, or was replaced. For `keep`, by the runs of the account: no disconnect was open the whole
 * time.
 */
export function hasNoAccount(call: Call, span: Span, facts: Facts): boolean {
  const { operation, userId } = call;
  const key = keyOf(call);
  if (operation === 'keep') {
    const runs = facts.accountEnds(textIn(call, 'connectedAccountId') ?? '');
    return !runs.some((run) => wasOpenThroughout(run, span));
  }
  if (operation === 'reconnectLink') {
    return !accountsAsked(call, facts).some(
      (row) => isThere(row, span, facts) && callersAlias(rowAt(row, span, facts)) === key?.alias,
    );
  }
  const row = facts.account(accountNamed(call) ?? textIn(call, 'replaces') ?? '');
  if (row === undefined || row.userId !== userId) return true;
  if (key !== null && row.authConfigId !== key.authConfigId) return true;
  const isReplaced = rowAt(row, span, facts).alias?.startsWith('mooring-replaced-') === true;
  return isReplaced || !isThere(row, span, facts);
}

/** The account that the refusal names, or else the request. */
function accountNamed(call: Call): string | null {
  const named = call.error?.details.connectedAccountId;
  return typeof named === 'string' ? named : textIn(call, 'connectedAccountId');
}

/** Whether the account existed the whole time. */
function isThere({ id }: AccountRow, span: Span, facts: Facts): boolean {
  const during = statusesDuring(facts.writes(id), withSlack(span));
  return during.size > 0 && !during.has('deleted') && isOlder(id, span, facts);
}

function isOlder(id: string, { from }: Span, facts: Facts): boolean {
  return (facts.writes(id)[0]?.at ?? Infinity) < from;
}

/** The account's alias at the end of the span. */
function rowAt({ id, alias }: AccountRow, span: Span, facts: Facts): { alias: string | null } {
  const last = facts.writes(id).findLast(({ at }) => at <= withSlack(span).to);
  return { alias: last === undefined ? alias : last.alias };
}

/**
 * Explained by another run of this account that was open at that time, or waited to disconnect it.
 */
export function isHeld(call: Call, span: Span, facts: Facts): boolean {
  const id = accountNamed(call) ?? '';
  const runs = [...facts.accountRuns(id), ...facts.retirements(id)];
  // A command's own run does not count if the API refused it because of a lease on the account.
  const others = runs.filter((run) => !isOwnRefusal(run));
  return others.some((run) => wasOpen(run, span));
}

function isOwnRefusal({ type, result }: Run): boolean {
  const { refused } = (result ?? {}) as { refused?: { code: ErrorCode } };
  return type === 'accountCommand' && refused?.code === 'ERR_ACCOUNT_BUSY';
}

/**
 * Explained by the writes to the account: its status allowed no change, or it had one of Mooring's
 * markers instead of an alias. For `keep`, by an undo window that was or may have been over.
 */
export function isUnusable(call: Call, span: Span, facts: Facts): boolean {
  const { operation } = call;
  const id = textIn(call, 'connectedAccountId') ?? '';
  if (operation === 'keep') {
    const { collectedAt } = facts.evidence;
    const ends = facts.accountEnds(id);
    // A closed gate or a change of the account may end an undo window early.
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
