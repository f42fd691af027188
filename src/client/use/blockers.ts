import type { Client } from '@temporalio/client';
import { type AccountSnapshot, markerPrefix } from '../../domain/account.ts';
import { takesOutOfUse } from '../../domain/use/account-runs.ts';
import { connectWorkflowId } from '../../domain/hashed-ids.ts';
import { accountWorkflowId, retireWorkflowId } from '../../domain/ids.ts';
import type { UseBlockers } from '../../domain/use/usability.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { asMooringError } from '../../temporal/errors.ts';
import { closedPhaseOf, newestRun, openRun, supposedOwners } from '../../temporal/open-runs.ts';
import { hasAttribute, hasType, isOpen, visibleRuns } from '../../temporal/visibility.ts';

/** A link is honoured for a day at most, and a confirmation as long: no attempt is open for longer. */
const longestAttemptMs = 2 * 86_400_000;

/** Reads of a few runs, which Temporal answers in milliseconds; a tool waits behind them. */
const standingWithinMs = 5_000;

/** What the runs of these users and of this account say against its use; nothing but reads. */
export async function standingOf(
  client: Client,
  row: AccountSnapshot | null,
  userIds: readonly string[],
  idKey: string | undefined,
): Promise<UseBlockers> {
  const reads = async () =>
    Promise.all([
      closedPhases(client, [...userIds, ...(await ownersOf(client, row))], idKey),
      row !== null && isEnding(client, row.id),
      row !== null && isConnecting(client, row, idKey),
    ]);
  try {
    const until = Date.now() + standingWithinMs;
    const [phases, ending, connecting] = await client.connection.withDeadline(until, reads);
    return { closed: phases.find((phase) => phase !== null) ?? null, ending, connecting };
  } catch (error) {
    throw asMooringError(error);
  }
}

async function closedPhases(client: Client, userIds: readonly string[], idKey: string | undefined) {
  return Promise.all([...new Set(userIds)].map((userId) => closedPhaseOf(client, userId, idKey)));
}

/** The other user whose access must be open: the account's owner or, if the API names none, the user for whom it was made. */
async function ownersOf(client: Client, row: AccountSnapshot | null): Promise<string[]> {
  if (row === null) return [];
  if (row.userId !== null) return [row.userId];
  return [...(await supposedOwners(client, [row.id])).values()];
}

async function isEnding(client: Client, connectedAccountId: string): Promise<boolean> {
  const ids = [accountWorkflowId(connectedAccountId), retireWorkflowId(connectedAccountId)];
  const runs = await Promise.all(ids.map((id) => openRun(client, id)));
  return runs.some((run) => run !== null && takesOutOfUse(run.type));
}

/**
 * Whether the attempt that made this account is still open: one whose user has yet to be confirmed must not
 * be used for him. An account with an alias of the caller's bears a marker of ours until then, one without
 * bears it for good, so that the attempt without an alias, whose id is known, answers nearly always. Only
 * for another young one visibility is asked, which has known the account since its link was made.
 */
async function isConnecting(
  client: Client,
  { id, userId, authConfigId, alias, status, createdAt }: AccountSnapshot,
  idKey: string | undefined,
): Promise<boolean> {
  const isYoung = Date.now() - Date.parse(createdAt) < longestAttemptMs;
  if (status !== 'ACTIVE' || !alias?.startsWith(markerPrefix) || !isYoung) return false;
  if (userId !== null) {
    const unnamed = connectWorkflowId({ userId, authConfigId, alias: null }, idKey);
    const run = await newestRun(client, unnamed);
    if (run?.typedSearchAttributes.get(keys.accountId) === id) return run.closeTime === undefined;
  }
  const conditions = [hasType('connectUser'), isOpen, hasAttribute(keys.accountId, id)];
  for await (const { workflowId, runId } of visibleRuns(client, conditions)) {
    // Visibility lags: what it calls open may have settled a second ago.
    if ((await openRun(client, workflowId, runId)) !== null) return true;
  }
  return false;
}
