import { activityInfo } from '@temporalio/activity';
import type { DisconnectReceipt } from '../../domain/disconnect/disconnect.ts';
import { MooringError } from '../../domain/errors.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import {
  type RevocationProgress,
  newRevocationProgress,
} from '../../domain/disconnect/revocation-progress.ts';
import type { AccessActivities, LeftAccount } from '../../domain/access/batches.ts';
import { readHolder } from '../shared/account-holder.ts';
import { type BatchDependencies, type BatchMemory, processBatch } from '../batch/batch.ts';
import { revokeAndDeleteAccount } from '../disconnect/revoke-account.ts';
import { findOpenRuns } from '../shared/open-runs.ts';

/** An account that fails three times gets a run of its own. */
const mostTries = 3;

/**
 * All siblings are disconnected too. To look them up would mean to read the user's whole list for
 * each account.
 */
const fresh: RevocationProgress = { ...newRevocationProgress, siblings: [] };

type RevokeActivities = Pick<AccessActivities, 'revokeAndDeleteAccounts'>;
type RevokeBatch = Parameters<AccessActivities['revokeAndDeleteAccounts']>[0];

/** `other`: the account belongs to another user, so nothing is written and nothing is reported. */
type RevokeOutcome = DisconnectReceipt | { left: RevocationProgress | null } | 'other';

export function createRevokeAccountsActivities(deps: BatchDependencies): RevokeActivities {
  return {
    /**
     * Disconnects accounts, each by `revokeAndDeleteAccount`. An account is `left`, with its
     * progress, in three cases:
     *
     * - Visibility shows a run that holds it.
     * - Its provider makes it wait.
     * - It alone keeps failing.
     *
     * Safe to repeat: if a killed try revoked an account, it counts as ours, unless it was listed
     * as REVOKED. If a killed try deleted an account in its last second, the receipt can only say
     * `gone`.
     */
    async revokeAndDeleteAccounts(batch) {
      const asked = new Date(activityInfo().scheduledTimestampMs).toISOString();
      const { accounts } = batch;
      // One visibility query for all: a `describe` for each account would add a sixth call to the
      // five API calls.
      let known: Promise<Set<string>> | undefined;
      const readOpenIds = () =>
        (known ??= findOpenRuns(accounts.map(({ id }) => accountWorkflowId(id))));
      const ends = await processBatch<LeftAccount, RevokeOutcome, RevocationProgress>(
        deps,
        accounts,
        {
          async processRow(row, memory, signal) {
            const isHeld = (await readOpenIds()).has(accountWorkflowId(row.id));
            if (isHeld && (await readHolder(row.id)) !== null) return { left: memory.note ?? null };
            return revokeAccount(row, { ...batch, asked }, memory, signal);
          },
          mostTries,
          fallbackResult: ({ note = null }) => ({ left: note }),
        },
      );
      const receipts = [...ends.values()].filter((is) => typeof is === 'object' && 'proof' in is);
      const left = accounts.flatMap((row) => {
        const outcome = ends.get(row.id);
        return typeof outcome === 'object' && 'left' in outcome
          ? [withMemory(row, outcome.left)]
          : [];
      });
      return { receipts, left };
    },
  };

  async function revokeAccount(
    row: LeftAccount,
    { userId, policy, reason, actor, note, asked }: RevokeBatch & { asked: string },
    memory: BatchMemory<RevocationProgress>,
    signal: AbortSignal,
  ): Promise<RevokeOutcome> {
    const { id: connectedAccountId, authConfigId, toolkit, statusBefore } = row;
    const options = {
      policy,
      reason,
      actor,
      note,
      asked,
      memory: memory.note ?? row.memory ?? fresh,
      onMemory: (known: RevocationProgress) => memory.remember(known),
      isRepeated: memory.isPatchy && statusBefore !== 'REVOKED',
    };
    try {
      const ended = await revokeAndDeleteAccount(
        deps.api,
        { userId, connectedAccountId },
        options,
        signal,
      );
      // If the revocation must wait for its provider, a run of its own waits.
      if ('waitMs' in ended) return { left: ended.memory };
      // The account was gone before the first read, so these fields come from the listing.
      return {
        ...ended,
        authConfigId: ended.authConfigId ?? authConfigId,
        toolkit: ended.toolkit ?? toolkit,
      };
    } catch (error) {
      const isOther = error instanceof MooringError && error.code === 'ERR_ACCOUNT_NOT_FOUND';
      if (isOther) return 'other';
      throw error;
    }
  }
}

/** Keeps only the progress that the next run needs: whether it may have been us, or a proof. */
function withMemory(row: LeftAccount, memory: RevocationProgress | null): LeftAccount {
  const isUseful = memory !== null && (memory.mayBeOurs || memory.proof !== null);
  return isUseful ? { ...row, memory } : row;
}
