import { setMaxListeners } from 'node:events';
import { activityInfo, log } from '@temporalio/activity';
import { ApiError } from '../../composio/errors.ts';
import { type AccountTarget, isOwnedBy } from '../../domain/account.ts';
import {
  type SweepBreaker,
  inFlightLimit,
  onHarm,
  isTripped,
  onSuccess,
} from '../../domain/sweep/breaker.ts';
import { judgeRefresh, isReauthRequired } from '../../domain/refresh/decide-refresh.ts';
import { MooringError } from '../../domain/errors.ts';
import type { SweepMode, SweepOutcome, SweepRow } from '../../domain/sweep/sweep.ts';
import { type RowResult, tallyOf, type Tally } from '../../domain/sweep/tally.ts';
import { runCalls } from '../shared/call.ts';
import { healAccount, type HealReport, type HealRequest } from '../refresh/heal-account.ts';
import { disableHealedIfBlocked } from '../access/disable-if-blocked.ts';
import type { SweepDependencies } from './list-sweep.ts';
import { findOwnFailures } from '../batch/own-failures.ts';
import { noSuchAccountError } from '../shared/guards.ts';
import { isKeyRefused } from '../batch/key-refused.ts';
import { isReauthPending, requestReauth, pendingReauthsAmong } from '../refresh/reauth.ts';
import pLimit from 'p-limit';

/**
 * At 30 ms a call, 100 places allow three thousand calls a second, far above the budget of any
 * plan.
 */
const inFlightPerProcess = 100;
/** If an account fails this often while the API answers others, the sweep continues without it. */
const mostTries = 3;

/**
 * Up to this many rows, the sweep reads for each row whether its re-authentication is pending. With
 * thousands of rows that took a fifth of the sweep's time (`bench:refresh`). So it then asks
 * visibility, which is seconds behind.
 */
const fewRows = 50;

/** Outcomes which show that the API key has the rights that a sweep needs. */
const acted: readonly SweepOutcome[] = ['healthy', 'healed', 'reauth_required', 'made_worse'];

type SweepReading = Omit<HealReport, 'redirectUrl'>;

export interface SweepBatch {
  mode: Exclude<SweepMode, 'probe'>;
  rows: readonly SweepRow[];
  /** For ACTIVE rows. The sweep acts on them in one batch at a time. */
  breaker: SweepBreaker | null;
}

export interface BatchReport {
  tally: Tally;
  breaker: SweepBreaker | null;
}

/** Where the next try of a batch continues. */
interface SweepProgress {
  settled: Record<string, RowResult>;
  /** The number of failures of each account. */
  tries: Record<string, number>;
  /**
   * ACTIVE accounts whose refresh has started. The next try only reads them and never refreshes
   * them again.
   */
  startedIds: string[];
  breaker: SweepBreaker | null;
}

export function createActSweepActivities(deps: SweepDependencies) {
  const { api, parking } = deps;
  const places = pLimit(inFlightPerProcess);

  return {
    /**
     * Heals the rows of a batch. For each row it reads, refreshes if that is still needed, and
     * reads again. A try continues with the rows that earlier tries have not settled. After a kill,
     * it reads the rows of the last second again. `statusBefore` shows whether a row was refreshed
     * already.
     */
    async healSweepBatch(batch: SweepBatch): Promise<BatchReport> {
      const known = (activityInfo().heartbeatDetails ?? null) as SweepProgress | null;
      const progress = known ?? { settled: {}, tries: {}, startedIds: [], breaker: batch.breaker };
      return runCalls({ waiting: false, settled: () => progress, parking }, async (signal) => {
        // Each call in flight listens to this signal. Without a higher limit Node reports a leak.
        setMaxListeners(2 * inFlightPerProcess, signal);
        const left = batch.rows.filter(({ id }) => !(id in progress.settled));
        const isExact = known !== null || left.length <= fewRows;
        const isPendingReauth = isExact
          ? isReauthPending
          : await pendingReauthsAmong(left.map(({ id }) => id));
        const errors = new Map<string, unknown>();
        let isKeyWrong = false;
        const tryRow = async (row: SweepRow) => {
          if (signal.aborted || isKeyWrong) return;
          try {
            await healRow(
              row,
              { mode: batch.mode, isReauthPending: isPendingReauth },
              progress,
              signal,
            );
          } catch (error) {
            errors.set(row.id, error);
            // A 401 applies to all rows. A 403 means a missing right, so other rows may still
            // succeed.
            isKeyWrong ||= isKeyRefused(error) && error.status === 401;
          }
        };
        if (progress.breaker === null) {
          await Promise.all(left.map((row) => places(() => tryRow(row))));
        } else {
          const unread = left.filter(({ id }) => progress.startedIds.includes(id));
          await Promise.all(unread.map(tryRow));
          await runWithinBreaker(
            left.filter((row) => !unread.includes(row)),
            tryRow,
            progress,
          );
        }
        signal.throwIfAborted();
        const isKeyGood = Object.values(progress.settled).some(({ outcome }) =>
          acted.includes(outcome),
        );
        const counted = { tries: progress.tries, mostTries, isKeyGood };
        const { own, again } = await findOwnFailures(api, errors, counted, signal);
        for (const id of own) recordFailure(id, progress);
        if (again !== null) throw again.error;
        if (progress.breaker !== null && isTripped(progress.breaker)) {
          const untouched = left.filter(({ id }) => !(id in progress.settled));
          for (const { id } of untouched)
            progress.settled[id] = { outcome: 'untouched', reason: null };
        }
        return toBatchReport(batch, progress);
      });
    },
  };

  /** Runs as many rows at once as the breaker allows now, and none once it has tripped. */
  async function runWithinBreaker(
    rows: readonly SweepRow[],
    tryRow: (row: SweepRow) => Promise<void>,
    progress: SweepProgress,
  ): Promise<void> {
    const waiting = [...rows];
    const running = new Set<Promise<void>>();
    for (;;) {
      while (waiting.length > 0 && running.size < inFlightLimit(progress.breaker as SweepBreaker)) {
        const run = tryRow(waiting.shift() as SweepRow).finally(() => running.delete(run));
        running.add(run);
      }
      if (running.size === 0) return;
      await Promise.race(running);
    }
  }

  async function healRow(
    row: SweepRow,
    request: Pick<HealRequest, 'mode' | 'isReauthPending'>,
    progress: SweepProgress,
    signal: AbortSignal,
  ): Promise<void> {
    const { id, userId, authConfigId, statusBefore } = row;
    const isActive = statusBefore === 'ACTIVE';
    const target = { connectedAccountId: id, userId, authConfigId };
    const onWrite = isActive ? () => progress.startedIds.push(id) : undefined;
    let reading: SweepReading;
    try {
      reading = progress.startedIds.includes(id)
        ? await readBack(row, signal)
        : await healWithinAccess(target, { ...request, statusBefore, onWrite }, signal);
    } catch (error) {
      const isIgnored = error instanceof ApiError && error.fault === 'filter_ignored';
      if (!isIgnored && !(error instanceof MooringError)) throw error;
      // The account belongs to another user, or the API returns no owner, so do not write to it.
      log.warn('account skipped: its owner is not known', {
        connectedAccountId: id,
        error: String(error),
      });
      progress.settled[id] = { outcome: 'owner_unknown', reason: null };
      return;
    }
    const { heal, account, hasPendingReauth } = reading;
    // Notify before the row counts as settled. If the try ends in between, the next one notifies
    // again, which has no effect.
    if (account !== null && isReauthRequired(heal) && !hasPendingReauth)
      await requestReauth(account, deps);
    if (progress.breaker !== null && isActive) {
      if (heal.outcome === 'made_worse' || heal.isUnproven) {
        progress.breaker = onHarm(progress.breaker, id);
      } else if (heal.outcome === 'healthy' && heal.isRefreshed) {
        progress.breaker = onSuccess(progress.breaker);
      }
    }
    const left = account?.status !== statusBefore;
    const outcome = hasPendingReauth ? 'already_notified' : heal.outcome;
    progress.settled[id] = { outcome, reason: heal.reason, ...(left && { hasLeftList: left }) };
  }

  async function healWithinAccess(
    target: AccountTarget,
    options: HealRequest,
    signal: AbortSignal,
  ) {
    return disableHealedIfBlocked(deps, await healAccount(api, target, options, signal), signal);
  }

  /**
   * Reads the result of a refresh that an earlier try started. If the account is ACTIVE a moment
   * later, that proves enough.
   */
  async function readBack({ id, userId }: SweepRow, signal: AbortSignal): Promise<SweepReading> {
    const account = await api.getAccount(id, signal, { userId });
    if (account !== null && !isOwnedBy(account, userId)) {
      throw noSuchAccountError({ connectedAccountId: id });
    }
    const { status = null, statusReason = null } = account ?? {};
    const finding = judgeRefresh({ status: 'ACTIVE' }, account);
    const heal = { ...finding, status, statusReason, isRefreshed: false, isUnproven: false };
    return { heal, account, hasPendingReauth: false };
  }
}

/** A refresh that started and could not be read back counts as harm. */
function recordFailure(id: string, progress: SweepProgress): void {
  progress.settled[id] = { outcome: 'failed', reason: null };
  if (progress.startedIds.includes(id) && progress.breaker !== null) {
    progress.breaker = onHarm(progress.breaker, id);
  }
}

function toBatchReport({ rows }: SweepBatch, { settled, breaker }: SweepProgress): BatchReport {
  const entries = rows.flatMap((row) => {
    const end = settled[row.id];
    return end === undefined ? [] : [[row, end] as const];
  });
  const shifted = entries.filter(([, { hasLeftList: left }]) => left).length;
  return { tally: { ...tallyOf(entries), maybeMissed: shifted }, breaker };
}
