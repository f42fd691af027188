import { getClient, log } from '@temporalio/activity';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ComposioApi } from '../../composio/api.ts';
import { callersAlias, isOwnedBy, type OwnedSnapshot } from '../../domain/account.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { visibleUserId } from '../../domain/hashed-ids.ts';
import { connectionId, reauthWorkflowId } from '../../domain/ids.ts';
import type { ReauthInput } from '../../domain/refresh/refresh.ts';
import { parseReauthInput } from '../../domain/refresh/schemas.ts';
import { defaultTaskQueue } from '../../domain/task-queues.ts';
import type { ReauthTimings } from '../../domain/timings.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { runCalls } from '../shared/call.ts';
import { readOpenRun } from '../../temporal/open-runs.ts';
import { findOpenRuns } from '../shared/open-runs.ts';
import { requireOwnRun } from '../shared/guards.ts';
import { readAccount, withoutSharing } from '../shared/read-account.ts';
import { defined } from '../../domain/defined.ts';

export interface ReauthConfig {
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
  /** MOORING_TASK_QUEUE, the queue of the workflows. An activity may run on another queue. */
  taskQueue?: string | undefined;
  /** What workflows know of the backend's endpoints. */
  endpoints?: readonly EndpointFacts[];
}

export interface ReauthDependencies extends ReauthConfig {
  api: ComposioApi;
}

/** The connection as its backend knows it, and the endpoints to notify. */
export interface ReauthReading {
  /** Null: it reads 404, or it does not belong to the expected user. */
  account: OwnedSnapshot | null;
  connectionId: string | null;
  endpoints: readonly EndpointFacts[];
}

/**
 * Notifies the backend that an account needs re-authentication: starts `awaitReauth`, which sends
 * the event. If that run is open already, nothing happens. Returns true if it started the run. Safe
 * to repeat, also for many accounts in a batch.
 */
export async function requestReauth(
  account: Pick<OwnedSnapshot, 'id' | 'userId' | 'authConfigId'>,
  { idKey, taskQueue = defaultTaskQueue }: ReauthConfig,
  timings?: Partial<ReauthTimings>,
): Promise<boolean> {
  const { id: connectedAccountId, userId, authConfigId } = account;
  const input: ReauthInput = { userId, connectedAccountId, ...defined({ timings }) };
  try {
    await getClient().workflow.start('awaitReauth', {
      workflowId: reauthWorkflowId(connectedAccountId),
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      typedSearchAttributes: [
        { key: keys.userId, value: visibleUserId(userId, idKey) },
        { key: keys.authConfigId, value: authConfigId },
        { key: keys.accountId, value: connectedAccountId },
        { key: keys.phase, value: 'waiting' },
      ],
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
  log.info('started awaitReauth: the account needs re-authentication', { connectedAccountId });
  return true;
}

/** Whether this user was notified and the `awaitReauth` run is still open. */
export async function isReauthPending(connectedAccountId: string): Promise<boolean> {
  return (await readOpenRun(getClient(), reauthWorkflowId(connectedAccountId))) !== null;
}

/** The same check for many accounts by visibility, which is seconds behind. */
export async function pendingReauthsAmong(
  connectedAccountIds: readonly string[],
): Promise<typeof isReauthPending> {
  const open = await findOpenRuns(connectedAccountIds.map(reauthWorkflowId));
  return async (id) => open.has(reauthWorkflowId(id));
}

/** The connection id under which the backend knows this account. */
export function connectionIdOf(account: OwnedSnapshot): string {
  return connectionId({ ...account, alias: callersAlias(account) });
}

/** The activity that `awaitReauth` calls. It only reads. */
export function createReauthActivities({ api, endpoints = [] }: ReauthDependencies) {
  return {
    /**
     * Checks the input and reads the account. An account of another user is null. Safe to repeat.
     */
    async readReauthAccount(input: unknown): Promise<ReauthReading> {
      return runCalls({ waiting: false }, async (signal) => {
        const { connectedAccountId, userId } = parseReauthInput(input);
        requireOwnRun((workflowId) => workflowId === reauthWorkflowId(connectedAccountId));
        const read = await readAccount(api, connectedAccountId, signal, { userId });
        const account = read && isOwnedBy(read, userId) ? withoutSharing(read) : null;
        return { account, connectionId: account && connectionIdOf(account), endpoints };
      });
    },
  };
}
