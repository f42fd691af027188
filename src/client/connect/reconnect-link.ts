import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { reconnectWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import { type ConnectionKey, parseConnectionId } from '../../domain/ids.ts';
import type {
  ReconnectAnswer,
  ReconnectLink,
  ReconnectLinkInput,
} from '../../domain/connect/reconnect-link.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { asMooringError, refusalError } from '../../temporal/errors.ts';
import type { StartContext } from '../shared/start-context.ts';
import { callWithin } from '../../temporal/deadline.ts';

/** The run lists accounts once, with retries for 15 s. It ends when its caller stops waiting. */
const mintWithinMs = 20_000;

/** Starts a run that makes a reconnect link: only workers hold the token keys. */
export async function mintReconnectLink(
  client: Client,
  input: ReconnectLinkInput,
  { taskQueue, idKey }: StartContext,
): Promise<ReconnectLink> {
  const key = parseConnectionId(input.connectionId) as ConnectionKey; // checked by its schema
  const workflowId = reconnectWorkflowId(key, randomUUID().slice(-12), idKey);
  try {
    const answer = await callWithin(client, mintWithinMs, workflowId, async () => {
      const handle = await client.workflow.start('reconnectLink', {
        workflowId,
        taskQueue,
        args: [input],
        // The caller does not wait longer.
        workflowExecutionTimeout: mintWithinMs,
        typedSearchAttributes: [
          { key: keys.userId, value: visibleUserId(key.userId, idKey) },
          { key: keys.authConfigId, value: key.authConfigId },
        ],
      });
      return (await handle.result()) as ReconnectAnswer;
    });
    if ('link' in answer) return answer.link;
    throw refusalError(answer.refused);
  } catch (error) {
    throw asMooringError(error);
  }
}
