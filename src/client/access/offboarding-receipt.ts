import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { AccessResult, AccountProof, OffboardingReceipt } from '../../domain/access/access.ts';
import type { OwnedAccount } from '../../domain/account.ts';
import { type EndReceipt, isCertain } from '../../domain/disconnect/disconnect.ts';
import { userWorkflowId } from '../../domain/hashed-ids.ts';
import { receiptQuery, searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { newestRun } from '../../temporal/open-runs.ts';
import { acceptWithinMs, within } from '../../temporal/deadline.ts';

/** The offboarding's receipt that a `user/` run holds, open or closed; null when it has none. */
export async function receiptOf(
  client: Client,
  { workflowId, runId, status, closeTime }: WorkflowExecutionDescription,
): Promise<OffboardingReceipt | null> {
  const handle = client.workflow.getHandle(workflowId, runId);
  if (closeTime === undefined) return handle.query(receiptQuery);
  if (status.name !== 'COMPLETED') return null;
  return ((await handle.result()) as AccessResult).receipt;
}

/** What the user's last offboarding has proven of an account that it has ended; null when it has not. */
export async function endedByOffboarding(
  client: Client,
  { userId, connectedAccountId }: OwnedAccount,
  idKey: string | undefined,
) {
  const workflowId = userWorkflowId(userId, idKey);
  const soon = <T>(call: () => Promise<T>) => within(client, acceptWithinMs, workflowId, call);
  const run = await soon(() => newestRun(client, workflowId));
  if (run === null || !mayHaveReceipt(run)) return null;
  const whole = await soon(() => receiptOf(client, run));
  const part = whole?.accounts.find((one) => one.connectedAccountId === connectedAccountId);
  if (!whole || part === undefined || whole.kept.includes(connectedAccountId)) return null;
  return { workflowId, runId: run.runId, receipt: withCommon(whole, part) };
}

/** An open run is asked by a worker, who may be away: so only where an offboarding is over. */
function mayHaveReceipt({ closeTime, typedSearchAttributes }: WorkflowExecutionDescription) {
  const phase = typedSearchAttributes.get(keys.phase) ?? '';
  if (closeTime === undefined) return ['open', 'blocked'].includes(phase);
  return typedSearchAttributes.get(keys.outcome) === 'offboarded';
}

/** Of thousands of accounts the last ones have no more than their proof: the rest is as little as can be said. */
function withCommon(whole: OffboardingReceipt, part: AccountProof): EndReceipt {
  const { userId, actor, reason: note, times } = whole;
  return {
    authConfigId: null,
    toolkit: null,
    certain: part.proof !== 'revoked' && isCertain(part.proof, []),
    revokedTokens: [],
    siblings: [],
    statusAfter: null,
    times: { asked: times.asked, proven: null, ended: times.ended },
    requestIds: [],
    ...part,
    userId,
    reason: 'offboarding',
    actor,
    note,
  };
}
