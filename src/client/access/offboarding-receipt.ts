import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { AccessResult, AccountProof, OffboardingReceipt } from '../../domain/access/access.ts';
import type { OwnedAccount } from '../../domain/account.ts';
import { type DisconnectReceipt } from '../../domain/disconnect/disconnect.ts';
import { isCertain } from '../../domain/disconnect/proof.ts';
import { userWorkflowId } from '../../domain/hashed-ids.ts';
import { receiptQuery, searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { readNewestRun } from '../../temporal/open-runs.ts';
import { acceptWithinMs, callWithin } from '../../temporal/deadline.ts';

/**
 * Reads the receipt of an offboarding from a `user/` run, open or closed; null when it has none.
 */
export async function readReceipt(
  client: Client,
  { workflowId, runId, status, closeTime }: WorkflowExecutionDescription,
): Promise<OffboardingReceipt | null> {
  const handle = client.workflow.getHandle(workflowId, runId);
  if (closeTime === undefined) return handle.query(receiptQuery);
  if (status.name !== 'COMPLETED') return null;
  return ((await handle.result()) as AccessResult).receipt;
}

/**
 * The receipt of an account that its user's last offboarding disconnected; null when it did not.
 */
export async function receiptsByOffboarding(
  client: Client,
  { userId, connectedAccountId }: OwnedAccount,
  idKey: string | undefined,
) {
  const workflowId = userWorkflowId(userId, idKey);
  const callTemporal = <T>(call: () => Promise<T>) =>
    callWithin(client, acceptWithinMs, workflowId, call);
  const run = await callTemporal(() => readNewestRun(client, workflowId));
  if (run === null || !canHaveReceipt(run)) return null;
  const whole = await callTemporal(() => readReceipt(client, run));
  const part = whole?.accounts.find((one) => one.connectedAccountId === connectedAccountId);
  if (!whole || part === undefined || whole.kept.includes(connectedAccountId)) return null;
  return { workflowId, runId: run.runId, receipt: accountReceiptOf(whole, part) };
}

/**
 * Only a worker can query an open run, and none may be running: query only after an offboarding.
 */
function canHaveReceipt({ closeTime, typedSearchAttributes }: WorkflowExecutionDescription) {
  const phase = typedSearchAttributes.get(keys.phase) ?? '';
  if (closeTime === undefined) return ['open', 'blocked'].includes(phase);
  return typedSearchAttributes.get(keys.outcome) === 'offboarded';
}

/**
 * In a large offboarding, the last accounts have only their proof: the other fields get defaults.
 */
function accountReceiptOf(whole: OffboardingReceipt, part: AccountProof): DisconnectReceipt {
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
