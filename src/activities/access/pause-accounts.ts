import { ApiError } from '../../composio/errors.ts';
import type { AccountSnapshot } from '../../domain/account.ts';
import type {
  AccessActivities,
  RestoreReport,
  ListedAccount,
  PauseReport,
} from '../../domain/access/batches.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import { readHolder } from '../shared/account-holder.ts';
import { type BatchDependencies, type BatchMemory, processBatch } from '../batch/batch.ts';
import { requestRestore } from './user-run-messages.ts';
import { readAccount } from '../shared/read-account.ts';
import { notYetFailure } from '../shared/failures.ts';

/**
 * A restart of Composio takes minutes. Ten tries with their pauses take eight minutes, and nobody
 * waits for them.
 */
const mostTries = 10;

type PauseActivities = Pick<AccessActivities, 'pauseAccounts' | 'restoreAccounts'>;

/** True once a try has sent the write. Then the status may be its effect. */
type WriteMemory = BatchMemory<true>;

type PauseOutcome = keyof PauseReport;
type RestoreOutcome = { end: Exclude<keyof RestoreReport, 'dead'> } | DeadAccount;
type DeadAccount = { end: 'dead'; status: AccountSnapshot['status'] };

export function createPauseActivities(deps: BatchDependencies): PauseActivities {
  const { api } = deps;

  return {
    /**
     * Disables each ACTIVE account and reads it back. An INACTIVE account was disabled by another
     * party, unless an earlier try sent the write. Safe to repeat with the same list. After a kill
     * the last second is unknown, and then `statusBefore` decides.
     */
    async pauseAccounts({ userId, accounts }) {
      const ends = await processBatch<ListedAccount, PauseOutcome, true>(deps, accounts, {
        processRow: (row, written, signal) => pauseAccount(userId, row, written, signal),
        mostTries,
        fallbackResult: ({ note, isPatchy }) => (note || isPatchy ? 'uncertain' : 'left'),
      });
      const ids = (end: PauseOutcome) => [...ends].flatMap(([id, is]) => (is === end ? [id] : []));
      return {
        paused: ids('paused'),
        left: ids('left'),
        gone: ids('gone'),
        uncertain: ids('uncertain'),
      };
    },

    /**
     * Enables each INACTIVE account and reads it back. Pass only accounts that Mooring paused,
     * because the API does not say who disabled an account. Safe to repeat.
     */
    async restoreAccounts({ userId, accounts }) {
      const ends = await processBatch<ListedAccount, RestoreOutcome, true>(deps, accounts, {
        processRow: (row, written, signal) => restoreAccount(userId, row, written, signal),
        mostTries,
        fallbackResult: () => ({ end: 'uncertain' }),
      });
      const ids = (end: RestoreOutcome['end']) =>
        [...ends].flatMap(([id, is]) => (is.end === end ? [id] : []));
      const dead = [...ends].flatMap(([id, is]) =>
        is.end === 'dead' ? [{ id, status: is.status }] : [],
      );
      return {
        given: ids('given'),
        enabledByOthers: ids('enabledByOthers'),
        dead,
        gone: ids('gone'),
        uncertain: ids('uncertain'),
      };
    },
  };

  async function pauseAccount(
    userId: string,
    { id, statusBefore }: ListedAccount,
    written: WriteMemory,
    signal: AbortSignal,
  ): Promise<PauseOutcome> {
    let account = await readOwnedAccount(userId, id, signal);
    if (account?.status === 'ACTIVE') {
      // A disconnect needs the account ACTIVE for a moment and disables it itself.
      if ((await readHolder(id)) === 'disconnecting') return 'left';
      account = await writeEnabled(id, false, written, signal);
    }
    if (account === null) return 'gone';
    if (account.status !== 'INACTIVE') return 'left';
    const mayBeOurs = written.isPatchy && statusBefore !== 'INACTIVE';
    return written.note || mayBeOurs ? 'paused' : 'left';
  }

  async function restoreAccount(
    userId: string,
    { id, statusBefore }: ListedAccount,
    written: WriteMemory,
    signal: AbortSignal,
  ): Promise<RestoreOutcome> {
    let account = await readOwnedAccount(userId, id, signal);
    if (account?.status === 'INACTIVE') {
      // It was INACTIVE before, so Mooring did not disable it.
      if (statusBefore === 'INACTIVE') return { end: 'uncertain' };
      // A disconnect holds the account. If that disconnect is undone, its run restores the account.
      if ((await readHolder(id)) === 'disconnecting') {
        await requestRestore(accountWorkflowId(id), account);
        return { end: 'uncertain' };
      }
      account = await writeEnabled(id, true, written, signal);
    }
    if (account === null) return { end: 'gone' };
    if (account.status !== 'ACTIVE') return { end: 'dead', status: account.status };
    return { end: written.note || written.isPatchy ? 'given' : 'enabledByOthers' };
  }

  /** A row of another user is never written to. For this user it does not exist. */
  async function readOwnedAccount(
    userId: string,
    id: string,
    signal: AbortSignal,
  ): Promise<AccountSnapshot | null> {
    const account = await readAccount(api, id, signal, { userId });
    return account?.userId === userId ? account : null;
  }

  /**
   * Enables or disables an account and reads it back. Throws if the status is unchanged. Null when
   * it is gone.
   */
  async function writeEnabled(
    id: string,
    enabled: boolean,
    written: WriteMemory,
    signal: AbortSignal,
  ): Promise<AccountSnapshot | null> {
    let failure: unknown = null;
    const { note } = written;
    written.remember(true);
    try {
      await api.setEnabled(id, enabled, signal);
    } catch (error) {
      failure = error;
      const isRefused = error instanceof ApiError && !error.ambiguous;
      if (isRefused) written.remember(note);
      // The status did not allow the write, or the account does not exist: read what happened.
      const isState = isRefused && (error.isGone || error.fault === 'invalid_transition');
      if (isRefused && !isState) throw error;
    }
    const account = await readAccount(api, id, signal);
    const isUnchanged = account?.status === (enabled ? 'INACTIVE' : 'ACTIVE');
    if (isUnchanged) throw failure ?? notYetFailure(`account ${id} still reads ${account?.status}`);
    return account;
  }
}
