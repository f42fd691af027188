import { ApplicationFailure } from '@temporalio/activity';
import { ApiError } from '../../composio/errors.ts';
import type { AccountSnapshot } from '../../domain/account.ts';
import type {
  AccessActivities,
  GiveBackReport,
  ListedAccount,
  PauseReport,
} from '../../domain/access/batches.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import { holderOf } from '../shared/account-holder.ts';
import { type BatchDependencies, type BatchMemory, settleEach } from '../batch/batch.ts';
import { owe } from './pause-ledger.ts';
import { readAccount } from '../shared/read-account.ts';

/** A restart at Composio takes minutes: with their pauses ten tries take eight. Nobody waits meanwhile. */
const mostTries = 10;

type PauseActivities = Pick<AccessActivities, 'pauseAccounts' | 'giveBackAccounts'>;

/** That a try has sent the write, so that what it asked for may be its doing. */
type Written = BatchMemory<true>;

type Paused = keyof PauseReport;
type GivenBack = { end: Exclude<keyof GiveBackReport, 'dead'> } | Dead;
type Dead = { end: 'dead'; status: AccountSnapshot['status'] };

export function createPauseActivities(deps: BatchDependencies): PauseActivities {
  const { api } = deps;

  return {
    /**
     * Disables what reads ACTIVE and reads it back. What reads INACTIVE was somebody else's doing, unless an
     * earlier try has sent the write. Safe to repeat with the same list: after a kill, whose last second
     * nobody knows, the status before it tells.
     */
    async pauseAccounts({ userId, accounts }) {
      const ends = await settleEach<ListedAccount, Paused, true>(deps, accounts, {
        settle: (row, written, signal) => pause(userId, row, written, signal),
        mostTries,
        giveUp: ({ note, isPatchy }) => (note || isPatchy ? 'uncertain' : 'left'),
      });
      const ids = (end: Paused) => [...ends].flatMap(([id, is]) => (is === end ? [id] : []));
      return {
        paused: ids('paused'),
        left: ids('left'),
        gone: ids('gone'),
        uncertain: ids('uncertain'),
      };
    },

    /**
     * Enables what reads INACTIVE and reads it back. For accounts that were paused here and no others: the
     * API does not tell who has disabled one. Safe to repeat.
     */
    async giveBackAccounts({ userId, accounts }) {
      const ends = await settleEach<ListedAccount, GivenBack, true>(deps, accounts, {
        settle: (row, written, signal) => giveBack(userId, row, written, signal),
        mostTries,
        giveUp: () => ({ end: 'uncertain' }),
      });
      const ids = (end: GivenBack['end']) =>
        [...ends].flatMap(([id, is]) => (is.end === end ? [id] : []));
      const dead = [...ends].flatMap(([id, is]) =>
        is.end === 'dead' ? [{ id, status: is.status }] : [],
      );
      return {
        given: ids('given'),
        enabledByHand: ids('enabledByHand'),
        dead,
        gone: ids('gone'),
        uncertain: ids('uncertain'),
      };
    },
  };

  async function pause(
    userId: string,
    { id, statusBefore }: ListedAccount,
    written: Written,
    signal: AbortSignal,
  ): Promise<Paused> {
    let account = await readOwned(userId, id, signal);
    if (account?.status === 'ACTIVE') {
      // An ending has its own bracket, and needs the account ACTIVE for a moment.
      if ((await holderOf(id)) === 'ending') return 'left';
      account = await write(id, false, written, signal);
    }
    if (account === null) return 'gone';
    if (account.status !== 'INACTIVE') return 'left';
    const mayBeOurs = written.isPatchy && statusBefore !== 'INACTIVE';
    return written.note || mayBeOurs ? 'paused' : 'left';
  }

  async function giveBack(
    userId: string,
    { id, statusBefore }: ListedAccount,
    written: Written,
    signal: AbortSignal,
  ): Promise<GivenBack> {
    let account = await readOwned(userId, id, signal);
    if (account?.status === 'INACTIVE') {
      // Nobody here has disabled what was INACTIVE before.
      if (statusBefore === 'INACTIVE') return { end: 'uncertain' };
      // Not given back while it is being ended; by its run, if that is undone.
      if ((await holderOf(id)) === 'ending') {
        await owe(accountWorkflowId(id), account);
        return { end: 'uncertain' };
      }
      account = await write(id, true, written, signal);
    }
    if (account === null) return { end: 'gone' };
    if (account.status !== 'ACTIVE') return { end: 'dead', status: account.status };
    return { end: written.note || written.isPatchy ? 'given' : 'enabledByHand' };
  }

  /** A row of anybody else is never written to: to this user it is as if it were not there. */
  async function readOwned(
    userId: string,
    id: string,
    signal: AbortSignal,
  ): Promise<AccountSnapshot | null> {
    const account = await readAccount(api, id, signal, { userId });
    return account?.userId === userId ? account : null;
  }

  /** Enables or disables, and reads it back; throws as long as it reads as before. Null when it is gone. */
  async function write(
    id: string,
    enabled: boolean,
    written: Written,
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
      // Its status did not allow it, or there is none: what has become of it is read.
      const isState = isRefused && (error.isGone || error.fault === 'invalid_transition');
      if (isRefused && !isState) throw error;
    }
    const account = await readAccount(api, id, signal);
    const isUnchanged = account?.status === (enabled ? 'INACTIVE' : 'ACTIVE');
    if (isUnchanged) throw failure ?? notYet('written, and not read so');
    return account;
  }
}

/** The API said yes and does not show it: asked again later. */
function notYet(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'NOT_YET', message });
}
