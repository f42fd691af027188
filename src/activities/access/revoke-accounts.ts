import { activityInfo } from '@temporalio/activity';
import type { EndReceipt } from '../../domain/disconnect/disconnect.ts';
import { MooringError } from '../../domain/errors.ts';
import { accountWorkflowId } from '../../domain/ids.ts';
import { type EndMemory, newMemory } from '../../domain/disconnect/memory.ts';
import type { AccessActivities, LeftAccount } from '../../domain/access/batches.ts';
import { holderOf } from '../shared/account-holder.ts';
import { type BatchDependencies, type BatchMemory, settleEach } from '../batch/batch.ts';
import { endAccount } from '../disconnect/revoke-account.ts';
import { openAmong } from '../shared/visibility.ts';

/** What fails three times has a run of its own to fail in. */
const mostTries = 3;

/** Siblings are among those that end: to look them up would be to read the user's whole list for each. */
const fresh: EndMemory = { ...newMemory, siblings: [] };

type EndActivities = Pick<AccessActivities, 'endAccounts'>;
type RevokeBatch = Parameters<AccessActivities['endAccounts']>[0];

/** `other`: it is not this user's, so that nothing is done to it and nothing told of it. */
type Ended = EndReceipt | { left: EndMemory | null } | 'other';

export function createEndAccountsActivities(deps: BatchDependencies): EndActivities {
  return {
    /**
     * Ends accounts, each by `endAccount`. What a run of its own holds, as far as visibility knows, what
     * waits for its provider and what fails for itself is `left`, with what was done to it. Safe to repeat:
     * what was revoked by a try that was killed counts as ours unless it was REVOKED when it was listed; of
     * what such a try has deleted in its last second only `gone` can be told.
     */
    async endAccounts(batch) {
      const asked = new Date(activityInfo().scheduledTimestampMs).toISOString();
      const { accounts } = batch;
      // One query for all: to describe each would cost a sixth call on top of the API's five.
      let known: Promise<Set<string>> | undefined;
      const open = () => (known ??= openAmong(accounts.map(({ id }) => accountWorkflowId(id))));
      const ends = await settleEach<LeftAccount, Ended, EndMemory>(deps, accounts, {
        async settle(row, memory, signal) {
          const isHeld = (await open()).has(accountWorkflowId(row.id));
          if (isHeld && (await holderOf(row.id)) !== null) return { left: memory.note ?? null };
          return end(row, { ...batch, asked }, memory, signal);
        },
        mostTries,
        giveUp: ({ note = null }) => ({ left: note }),
      });
      const receipts = [...ends.values()].filter((is) => typeof is === 'object' && 'proof' in is);
      const left = accounts.flatMap((row) => {
        const end = ends.get(row.id);
        return typeof end === 'object' && 'left' in end ? [withMemory(row, end.left)] : [];
      });
      return { receipts, left };
    },
  };

  async function end(
    row: LeftAccount,
    { userId, policy, reason, actor, note, asked }: RevokeBatch & { asked: string },
    memory: BatchMemory<EndMemory>,
    signal: AbortSignal,
  ): Promise<Ended> {
    const { id: connectedAccountId, authConfigId, toolkit, statusBefore } = row;
    const options = {
      policy,
      reason,
      actor,
      note,
      asked,
      memory: memory.note ?? row.memory ?? fresh,
      onMemory: (known: EndMemory) => memory.remember(known),
      repeated: memory.isPatchy && statusBefore !== 'REVOKED',
    };
    try {
      const ended = await endAccount(deps.api, { userId, connectedAccountId }, options, signal);
      // What has to wait for its provider waits in a run of its own.
      if ('waitMs' in ended) return { left: ended.memory };
      // Of one that was gone before it could be read, the listing knows this much.
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

/** What has to be known of an account by its next end: whether it was us, or what was proven. */
function withMemory(row: LeftAccount, memory: EndMemory | null): LeftAccount {
  const isTelling = memory !== null && (memory.mayBeOurs || memory.proof !== null);
  return isTelling ? { ...row, memory } : row;
}
