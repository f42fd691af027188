import type { Client } from '@temporalio/client';
import { type AccountSnapshot, markerPrefix } from '../../domain/account.ts';
import { isUseBlocker } from '../../domain/use/account-runs.ts';
import { connectWorkflowId } from '../../domain/hashed-ids.ts';
import { accountWorkflowId, retireWorkflowId } from '../../domain/ids.ts';
import type { UseBlockers } from '../../domain/use/usability.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { asMooringError } from '../../temporal/errors.ts';
import {
  readClosedPhase,
  readNewestRun,
  readOpenRun,
  readSupposedOwners,
} from '../../temporal/open-runs.ts';
import { hasAttribute, hasType, isOpen, listVisibleRuns } from '../../temporal/visibility.ts';

/** A link is valid for at most a day, and so is a confirmation: no attempt is open for longer. */
const longestAttemptMs = 2 * 86_400_000;

/** Temporal answers these few reads in milliseconds, and a tool call waits for them. */
const readWithinMs = 5_000;

/** Reads the runs of these users and of this account that forbid its use. Writes nothing. */
export async function readBlockers(
  client: Client,
  row: AccountSnapshot | null,
  userIds: readonly string[],
  idKey: string | undefined,
): Promise<UseBlockers> {
  const readAll = async () =>
    Promise.all([
      readClosedPhases(client, [...userIds, ...(await readOwners(client, row))], idKey),
      row !== null && isBeingDisconnected(client, row.id),
      row !== null && isConnecting(client, row, idKey),
    ]);
  try {
    const until = Date.now() + readWithinMs;
    const [phases, ending, connecting] = await client.connection.withDeadline(until, readAll);
    return {
      closed: phases.find((phase) => phase !== null) ?? null,
      isDisconnecting: ending,
      isConnecting: connecting,
    };
  } catch (error) {
    throw asMooringError(error);
  }
}

async function readClosedPhases(
  client: Client,
  userIds: readonly string[],
  idKey: string | undefined,
) {
  return Promise.all([...new Set(userIds)].map((userId) => readClosedPhase(client, userId, idKey)));
}

/**
 * The other user whose access must be open: the account's owner. If the API names none, the user of
 * the attempt that made the account.
 */
async function readOwners(client: Client, row: AccountSnapshot | null): Promise<string[]> {
  if (row === null) return [];
  if (row.userId !== null) return [row.userId];
  return [...(await readSupposedOwners(client, [row.id])).values()];
}

async function isBeingDisconnected(client: Client, connectedAccountId: string): Promise<boolean> {
  const ids = [accountWorkflowId(connectedAccountId), retireWorkflowId(connectedAccountId)];
  const runs = await Promise.all(ids.map((id) => readOpenRun(client, id)));
  return runs.some((run) => run !== null && isUseBlocker(run.type));
}

/**
 * Whether the attempt that made this account is still open: before the user is confirmed, nobody
 * may use the account. Mooring's marker alias stays on it until the attempt settles, or for good if
 * the caller set no alias. So the attempt without an alias, whose id is known, nearly always
 * answers. For other young accounts this asks visibility, which has the account id since its link
 * was made.
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
    const run = await readNewestRun(client, unnamed);
    if (run?.typedSearchAttributes.get(keys.accountId) === id) return run.closeTime === undefined;
  }
  const conditions = [hasType('connectUser'), isOpen, hasAttribute(keys.accountId, id)];
  for await (const { workflowId, runId } of listVisibleRuns(client, conditions)) {
    // Visibility lags: a run that it shows as open may have closed a second ago.
    if ((await readOpenRun(client, workflowId, runId)) !== null) return true;
  }
  return false;
}
