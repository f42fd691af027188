import { ApplicationFailure, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import { type ExpectedAccount, isOurs } from '../../domain/connect/judge-reading.ts';
import { type AccountSnapshot, isSibling } from '../../domain/account.ts';
import { tryOf } from '../../domain/ids.ts';
import { calling } from '../shared/call.ts';
import { isBlocked } from '../shared/user-gate.ts';
import { attemptRun } from './prepare-attempt.ts';

export interface RemovalRequest extends ExpectedAccount {
  /**
   * Keep it when it is ACTIVE by now and its user's gate is open (somebody finished in the last second),
   * or INACTIVE, which is somebody's decision.
   */
  unlessActive: boolean;
  /** There may be another living grant of this user and auth config, which a revocation could kill too. */
  hasSiblings?: boolean;
}

export interface Removal {
  /** `kept` also when the row is not ours to touch; `living`: it was or is ACTIVE, and has to be ended. */
  result: 'removed' | 'kept' | 'living';
  /** The row as it was read before anything was done; null when it was gone already. */
  before: AccountSnapshot | null;
}

export interface UnseenRequest {
  userId: string;
  authConfigId: string;
  /** The try whose account is the attempt's own. */
  keepTry: number | null;
  /** Another than the run of the activity after a workflow reset. */
  originalRunId?: string;
}

export interface RemovalDependencies {
  api: ComposioApi;
  idKey?: string | undefined;
}

export function createRemovalActivities({ api, idKey }: RemovalDependencies) {
  return {
    /**
     * Reads an account that never was ACTIVE, deletes it and reads 404 back. `revoke_on_delete` closes the gap in which a
     * consent completes between the read and the delete; it is left out where it could kill the grant of
     * a living sibling. Safe to repeat: gone counts as removed.
     */
    async removeAccount(request: RemovalRequest): Promise<Removal> {
      return calling({ waiting: false }, async (signal) => {
        const { connectedAccountId, userId } = request;
        // It was made by this attempt.
        const owner = { userId, isKnown: true };
        const before = await api.getAccount(connectedAccountId, signal, owner);
        if (before === null) return { result: 'removed', before };
        if (!isOurs(before, request)) return { result: 'kept', before };
        if (request.unlessActive) {
          if (before.status === 'INACTIVE') return { result: 'kept', before };
          const mayStay = before.status === 'ACTIVE' && !(await isBlocked(request.userId, idKey));
          if (mayStay) return { result: 'kept', before };
        }
        // A delete alone would leave its grant to live on, or to a job of which nothing can be read.
        if (before.status === 'ACTIVE' || before.status === 'INACTIVE') {
          return { result: 'living', before };
        }
        const revokeOnDelete =
          !request.hasSiblings || !(await hasLivingSibling(before, request, signal));
        await api.deleteAccount(before.id, { revokeOnDelete }, signal);
        if ((await api.getAccount(before.id, signal)) !== null) {
          throw ApplicationFailure.create({
            type: 'STILL_THERE',
            message: 'deleted, and still read',
          });
        }
        log.info('account removed', { connectedAccountId: before.id, statusBefore: before.status });
        return { result: 'removed', before };
      });
    },

    /** Once more after a lost answer: deletes what a slow earlier try may have made since the last list. */
    async removeUnseenAccounts(request: UnseenRequest): Promise<void> {
      const { keepTry, originalRunId, ...owner } = request;
      await calling({ waiting: false }, async (signal) => {
        const rows = await api.listAccounts(owner, signal);
        const run = attemptRun(originalRunId);
        const isUnseen = ({ alias }: AccountSnapshot) => (tryOf(alias, run) ?? keepTry) !== keepTry;
        await removeUnseen(api, rows, isUnseen, signal);
      });
    },
  };

  async function hasLivingSibling(
    account: AccountSnapshot,
    owner: ExpectedAccount,
    signal: AbortSignal,
  ): Promise<boolean> {
    const rows = await api.listAccounts(owner, signal);
    return rows.some((row) => isSibling(row, account));
  }
}

/**
 * Deletes the accounts that other tries of this attempt have made. No user has seen their links, so the attempt does
 * not keep them. Returns the accounts that are left.
 */
export async function removeUnseen(
  api: ComposioApi,
  rows: readonly AccountSnapshot[],
  isUnseen: (row: AccountSnapshot) => boolean,
  signal: AbortSignal,
): Promise<AccountSnapshot[]> {
  const left: AccountSnapshot[] = [];
  for (const row of rows) {
    if (!isUnseen(row)) {
      left.push(row);
      continue;
    }
    const revokeOnDelete = !rows.some((other) => isSibling(other, row));
    await api.deleteAccount(row.id, { revokeOnDelete }, signal);
    log.info('unseen account removed', { connectedAccountId: row.id });
  }
  return left;
}
