import { ApplicationFailure, log } from '@temporalio/activity';
import type { ComposioApi } from '../../composio/api.ts';
import type { ExpectedAccount } from '../../domain/connect/judge-reading.ts';
import { type AccountSnapshot, isSibling, isTarget } from '../../domain/account.ts';
import { tryOf } from '../../domain/ids.ts';
import { runCalls } from '../shared/call.ts';
import { isBlocked } from '../shared/guards.ts';
import { attemptRun } from './prepare-attempt.ts';

export interface RemovalRequest extends ExpectedAccount {
  /**
   * Keep an ACTIVE account if its user's gate is open: the user finished in the last second. Keep
   * an INACTIVE account too, because a person has disabled it.
   */
  unlessActive: boolean;
  /**
   * Another ACTIVE account of this user and auth config may exist. A revocation could end its grant
   * too.
   */
  hasSiblings?: boolean;
}

export interface Removal {
  /**
   * `kept`: also if the account is not ours. `living`: it was or is ACTIVE, so its grant must be
   * revoked.
   */
  result: 'removed' | 'kept' | 'living';
  /** The account as read before any write; null if it was gone already. */
  before: AccountSnapshot | null;
}

export interface LeftoversRequest {
  userId: string;
  authConfigId: string;
  /** The try whose account the attempt keeps. */
  keepTry: number | null;
  /** After a workflow reset it differs from the run id of the activity. */
  originalRunId?: string;
}

export interface RemovalDependencies {
  api: ComposioApi;
  idKey?: string | undefined;
}

export function createRemovalActivities({ api, idKey }: RemovalDependencies) {
  return {
    /**
     * Deletes an account that never was ACTIVE, and reads until it gets 404. A user may consent
     * between the read and the delete, so `revoke_on_delete` is set. It is left out if it could end
     * the grant of an ACTIVE sibling. Safe to repeat: an account that is gone counts as removed.
     */
    async removeAccount(request: RemovalRequest): Promise<Removal> {
      return runCalls({ waiting: false }, async (signal) => {
        const { connectedAccountId, userId } = request;
        // This attempt created the account.
        const owner = { userId, isKnown: true };
        const before = await api.getAccount(connectedAccountId, signal, owner);
        if (before === null) return { result: 'removed', before };
        if (!isTarget(before, request)) return { result: 'kept', before };
        if (request.unlessActive) {
          if (before.status === 'INACTIVE') return { result: 'kept', before };
          const canStay = before.status === 'ACTIVE' && !(await isBlocked(request.userId, idKey));
          if (canStay) return { result: 'kept', before };
        }
        // A delete alone leaves the grant alive. A revocation queued with the delete cannot be read
        // back.
        if (before.status === 'ACTIVE' || before.status === 'INACTIVE') {
          return { result: 'living', before };
        }
        const revokeOnDelete =
          !request.hasSiblings || !(await hasLivingSibling(before, request, signal));
        await api.deleteAccount(before.id, { revokeOnDelete }, signal);
        if ((await api.getAccount(before.id, signal)) !== null) {
          throw ApplicationFailure.create({
            type: 'STILL_THERE',
            message: `account ${before.id} was deleted, but Composio still returns it`,
          });
        }
        log.info('account deleted', { connectedAccountId: before.id, statusBefore: before.status });
        return { result: 'removed', before };
      });
    },

    /**
     * Lists once more after a lost answer, and deletes what a slow earlier try created since the
     * last list.
     */
    async removeLeftoverAccounts(request: LeftoversRequest): Promise<void> {
      const { keepTry, originalRunId, ...owner } = request;
      await runCalls({ waiting: false }, async (signal) => {
        const rows = await api.listAccounts(owner, signal);
        const run = attemptRun(originalRunId);
        const isLeftover = ({ alias }: AccountSnapshot) =>
          (tryOf(alias, run) ?? keepTry) !== keepTry;
        await removeLeftovers(api, rows, isLeftover, signal);
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
 * Deletes the accounts that other tries of this attempt created. No user has seen their links, so
 * the attempt does not keep them. Returns the other accounts.
 */
export async function removeLeftovers(
  api: ComposioApi,
  rows: readonly AccountSnapshot[],
  isLeftover: (row: AccountSnapshot) => boolean,
  signal: AbortSignal,
): Promise<AccountSnapshot[]> {
  const left: AccountSnapshot[] = [];
  for (const row of rows) {
    if (!isLeftover(row)) {
      left.push(row);
      continue;
    }
    const revokeOnDelete = !rows.some((other) => isSibling(other, row));
    await api.deleteAccount(row.id, { revokeOnDelete }, signal);
    log.info('leftover account deleted', { connectedAccountId: row.id });
  }
  return left;
}
