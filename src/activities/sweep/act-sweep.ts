import { setMaxListeners } from 'node:events';
import { activityInfo, log } from '@temporalio/activity';
import { ApiError } from '../../composio/errors.ts';
import { isOwnedBy } from '../../domain/account.ts';
import { type Breaker, allowed, harmed, isTripped, proved } from '../../domain/sweep/breaker.ts';
import { judgeRefresh, needsUser } from '../../domain/refresh/decide-refresh.ts';
import { MooringError } from '../../domain/errors.ts';
import type { SweepMode, SweepOutcome, SweepRow } from '../../domain/sweep/sweep.ts';
import { type Settled, settledTally, type Tally } from '../../domain/sweep/tally.ts';
import { calling } from '../shared/call.ts';
import {
  healAccount,
  type Healing,
  type HealRequest,
  type HealTarget,
} from '../refresh/heal-account.ts';
import { healedWithinAccess } from '../access/hold-back.ts';
import type { SweepDependencies } from './list-sweep.ts';
import { ownFailures } from '../batch/own-failures.ts';
import { noSuchAccount } from '../shared/own-run.ts';
import { isKeyRefused } from '../batch/key-refused.ts';
import { Semaphore } from '../batch/semaphore.ts';
import { isTold, tellUser, toldAmong } from '../refresh/reauth.ts';

/** At thirty milliseconds a call this is three thousand calls a second, far above any plan's budget. */
const inFlightPerProcess = 100;
/** So often an account fails, while the API answers others, before the sweep goes on without it. */
const mostTries = 3;

/**
 * Of so few it is asked one by one, and so exactly, whether their users have been told. With thousands that
 * took a fifth of the sweep's time (`bench:refresh`): visibility then says who was told, seconds behind.
 */
const fewRows = 50;

/** Ends that show that the key may do what has to be done. */
const acted: readonly SweepOutcome[] = ['healthy', 'healed', 'needs_user', 'made_worse'];

type SweepReading = Omit<Healing, 'redirectUrl'>;

export interface SweepBatch {
  mode: Exclude<SweepMode, 'probe'>;
  rows: readonly SweepRow[];
  /** For rows that are ACTIVE: they are acted on in one batch at a time. */
  breaker: Breaker | null;
}

export interface BatchReport {
  tally: Tally;
  breaker: Breaker | null;
}

/** What the next try of a batch goes on with. */
interface SweepProgress {
  settled: Record<string, Settled>;
  /** How often each has failed. */
  tries: Record<string, number>;
  /** Begun to be refreshed while ACTIVE: what came of it is read, and it is never refreshed again. */
  begun: string[];
  breaker: Breaker | null;
}

export function createActSweepActivities(deps: SweepDependencies) {
  const { api, parking } = deps;
  const places = new Semaphore(inFlightPerProcess);

  return {
    /**
     * Heals the rows of a batch, each by a read, a refresh if that still is what it needs, and a read. A try
     * goes on with what the ones before have not settled; after a kill, what was in flight or settled in
     * the last second is read again, and what was refreshed already is told by its status before.
     */
    async actOnSweep(batch: SweepBatch): Promise<BatchReport> {
      const known = (activityInfo().heartbeatDetails ?? null) as SweepProgress | null;
      const progress = known ?? { settled: {}, tries: {}, begun: [], breaker: batch.breaker };
      return calling({ waiting: false, settled: () => progress, parking }, async (signal) => {
        // Each call in flight listens to it, which Node takes for a leak.
        setMaxListeners(2 * inFlightPerProcess, signal);
        const left = batch.rows.filter(({ id }) => !(id in progress.settled));
        const isExact = known !== null || left.length <= fewRows;
        const told = isExact ? isTold : await toldAmong(left.map(({ id }) => id));
        const errors = new Map<string, unknown>();
        let isKeyWrong = false;
        const attempt = async (row: SweepRow) => {
          if (signal.aborted || isKeyWrong) return;
          try {
            await settle(row, { mode: batch.mode, isTold: told }, progress, signal);
          } catch (error) {
            errors.set(row.id, error);
            // What is refused to one is refused to all; less than a right, which 403 means, is not.
            isKeyWrong ||= isKeyRefused(error) && error.status === 401;
          }
        };
        if (progress.breaker === null) {
          await Promise.all(left.map((row) => places.run(() => attempt(row))));
        } else {
          const unread = left.filter(({ id }) => progress.begun.includes(id));
          await Promise.all(unread.map(attempt));
          await carefully(
            left.filter((row) => !unread.includes(row)),
            attempt,
            progress,
          );
        }
        signal.throwIfAborted();
        const isKeyGood = Object.values(progress.settled).some(({ outcome }) =>
          acted.includes(outcome),
        );
        const counted = { tries: progress.tries, mostTries, isKeyGood };
        const { own, again } = await ownFailures(api, errors, counted, signal);
        for (const id of own) leaveBehind(id, progress);
        if (again !== null) throw again.error;
        if (progress.breaker !== null && isTripped(progress.breaker)) {
          const untouched = left.filter(({ id }) => !(id in progress.settled));
          for (const { id } of untouched)
            progress.settled[id] = { outcome: 'untouched', reason: null };
        }
        return report(batch, progress);
      });
    },
  };

  /** As many at once as the breaker allows at this moment; none once it has tripped. */
  async function carefully(
    rows: readonly SweepRow[],
    attempt: (row: SweepRow) => Promise<void>,
    progress: SweepProgress,
  ): Promise<void> {
    const waiting = [...rows];
    const running = new Set<Promise<void>>();
    for (;;) {
      while (waiting.length > 0 && running.size < allowed(progress.breaker as Breaker)) {
        const run = attempt(waiting.shift() as SweepRow).finally(() => running.delete(run));
        running.add(run);
      }
      if (running.size === 0) return;
      await Promise.race(running);
    }
  }

  async function settle(
    row: SweepRow,
    wish: Pick<HealRequest, 'mode' | 'isTold'>,
    progress: SweepProgress,
    signal: AbortSignal,
  ): Promise<void> {
    const { id, userId, authConfigId, statusBefore } = row;
    const isActive = statusBefore === 'ACTIVE';
    const target = { connectedAccountId: id, userId, authConfigId };
    const onWrite = isActive ? () => progress.begun.push(id) : undefined;
    let healing: SweepReading;
    try {
      healing = progress.begun.includes(id)
        ? await readBack(row, signal)
        : await healWithinAccess(target, { ...wish, statusBefore, onWrite }, signal);
    } catch (error) {
      const isIgnored = error instanceof ApiError && error.fault === 'filter_ignored';
      if (!isIgnored && !(error instanceof MooringError)) throw error;
      // The API says that it belongs to another user, or does not say whose it is. So we do not write to it.
      log.warn('an account is left alone', { connectedAccountId: id, error: String(error) });
      progress.settled[id] = { outcome: 'owner_unknown', reason: null };
      return;
    }
    const { heal, account, told } = healing;
    // Told before it counts as settled: a try that ends between the two tells once more, which is no news.
    if (account !== null && needsUser(heal) && !told) await tellUser(account, deps);
    if (progress.breaker !== null && isActive) {
      if (heal.outcome === 'made_worse' || heal.unproven) {
        progress.breaker = harmed(progress.breaker, id);
      } else if (heal.outcome === 'healthy' && heal.refreshed) {
        progress.breaker = proved(progress.breaker);
      }
    }
    const left = account?.status !== statusBefore;
    const outcome = told ? 'told' : heal.outcome;
    progress.settled[id] = { outcome, reason: heal.reason, ...(left && { left }) };
  }

  async function healWithinAccess(target: HealTarget, options: HealRequest, signal: AbortSignal) {
    return healedWithinAccess(deps, await healAccount(api, target, options, signal), signal);
  }

  /** What came of a refresh that an earlier try has begun. Read moments later, ACTIVE is proof enough. */
  async function readBack({ id, userId }: SweepRow, signal: AbortSignal): Promise<SweepReading> {
    const account = await api.getAccount(id, signal, { userId });
    if (account !== null && !isOwnedBy(account, userId)) {
      throw noSuchAccount({ connectedAccountId: id });
    }
    const { status = null, statusReason = null } = account ?? {};
    const finding = judgeRefresh({ status: 'ACTIVE' }, account);
    const heal = { ...finding, status, statusReason, refreshed: false, unproven: false };
    return { heal, account, told: false };
  }
}

/** What was begun and could not be read any more is taken for harm. */
function leaveBehind(id: string, progress: SweepProgress): void {
  progress.settled[id] = { outcome: 'failed', reason: null };
  if (progress.begun.includes(id) && progress.breaker !== null) {
    progress.breaker = harmed(progress.breaker, id);
  }
}

function report({ rows }: SweepBatch, { settled, breaker }: SweepProgress): BatchReport {
  const entries = rows.flatMap((row) => {
    const end = settled[row.id];
    return end === undefined ? [] : [[row, end] as const];
  });
  const shifted = entries.filter(([, { left }]) => left).length;
  return { tally: { ...settledTally(entries), maybeMissed: shifted }, breaker };
}
