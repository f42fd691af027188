import { getClient, log } from '@temporalio/activity';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ComposioApi } from '../../composio/api.ts';
import { callersAlias, isOwnedBy, type OwnedSnapshot } from '../../domain/account.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { visibleUserId } from '../../domain/hashed-ids.ts';
import { connectionId, toldWorkflowId } from '../../domain/ids.ts';
import type { NeedsUserInput } from '../../domain/refresh/refresh.ts';
import { parseNeedsUserInput } from '../../domain/refresh/schemas.ts';
import { defaultTaskQueue } from '../../domain/task-queues.ts';
import type { ToldTimings } from '../../domain/timings.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { calling } from '../shared/call.ts';
import { openRun } from '../../temporal/open-runs.ts';
import { openAmong } from '../shared/visibility.ts';
import { requireOwnRun } from '../shared/own-run.ts';
import { readAccount, withoutSharing } from '../shared/read-account.ts';

export interface ToldConfig {
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
  /** MOORING_TASK_QUEUE, where workflows are served; an activity's own queue is another. */
  taskQueue?: string | undefined;
  /** The backend's endpoints, as far as workflows know them. */
  endpoints?: readonly EndpointFacts[];
}

export interface ToldDependencies extends ToldConfig {
  api: ComposioApi;
}

/** The connection as its backend knows it, and who is told of it. */
export interface ToldReading {
  /** Null: it reads 404, or is not of the user who was meant. */
  account: OwnedSnapshot | null;
  connectionId: string | null;
  endpoints: readonly EndpointFacts[];
}

/**
 * Has a user told that his account needs him: starts `needsUser`, which sends the event, unless it is
 * open already. Safe to repeat, also for many accounts by a batch; answers whether it was news.
 */
export async function tellUser(
  account: Pick<OwnedSnapshot, 'id' | 'userId' | 'authConfigId'>,
  { idKey, taskQueue = defaultTaskQueue }: ToldConfig,
  timings?: Partial<ToldTimings>,
): Promise<boolean> {
  const { id: connectedAccountId, userId, authConfigId } = account;
  const input: NeedsUserInput = { userId, connectedAccountId, ...(timings && { timings }) };
  try {
    await getClient().workflow.start('needsUser', {
      workflowId: toldWorkflowId(connectedAccountId),
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
  log.info('user is told', { connectedAccountId });
  return true;
}

/** Whether this user was told and the memory of it is still open. */
export async function isTold(connectedAccountId: string): Promise<boolean> {
  return (await openRun(getClient(), toldWorkflowId(connectedAccountId))) !== null;
}

/** The same for many at once, by visibility, which is seconds behind. */
export async function toldAmong(connectedAccountIds: readonly string[]): Promise<typeof isTold> {
  const open = await openAmong(connectedAccountIds.map(toldWorkflowId));
  return async (id) => open.has(toldWorkflowId(id));
}

/** The name by which a backend knows the connection of this account. */
export function connectionOf(account: OwnedSnapshot): string {
  return connectionId({ ...account, alias: callersAlias(account) });
}

/** What `needsUser` reads. Nothing here writes. */
export function createToldActivities({ api, endpoints = [] }: ToldDependencies) {
  return {
    /** Checks the input and reads the account; another's is none. Safe to repeat. */
    async readTold(input: unknown): Promise<ToldReading> {
      return calling({ waiting: false }, async (signal) => {
        const { connectedAccountId, userId } = parseNeedsUserInput(input);
        requireOwnRun((workflowId) => workflowId === toldWorkflowId(connectedAccountId));
        const read = await readAccount(api, connectedAccountId, signal, { userId });
        const account = read && isOwnedBy(read, userId) ? withoutSharing(read) : null;
        return { account, connectionId: account && connectionOf(account), endpoints };
      });
    },
  };
}
