import { z } from 'zod';
import { accountIdSchema, idSchema, parseInput } from '../domain/schemas.ts';
import { readToolAnswer } from './answers.ts';
import type { ComposioApi } from './api.ts';
import type { CallContext } from './call.ts';
import { defined } from '../domain/defined.ts';

/** Some tools wait for long jobs of a toolkit. Composio's own client has the same limit. */
const toolTimeoutMs = 60_000;

export const toolCallSchema = z.strictObject({
  tool: z.string().regex(/^[\w-]{1,200}$/, 'is not a tool’s slug'),
  userId: idSchema,
  connectedAccountId: accountIdSchema,
  arguments: z.record(z.string(), z.unknown()),
  version: z.string().min(1, 'is empty').max(100).optional(),
  timeoutMs: z.number().int().min(1).max(3_600_000).optional(),
});

export function toolExecutionCalls({
  client,
  send,
}: CallContext): Pick<ComposioApi, 'executeTool'> {
  return {
    async executeTool(call, signal) {
      const {
        tool,
        timeoutMs: timeout = toolTimeoutMs,
        ...asked
      } = parseInput(toolCallSchema, call);
      const { userId, connectedAccountId, version } = asked;
      const body = {
        user_id: userId,
        connected_account_id: connectedAccountId,
        arguments: asked.arguments,
        ...defined({ version }),
      };
      const answer = await send(
        (options) => client.tools.execute(tool, body, { ...options, timeout }),
        signal,
        asked.arguments,
      );
      return readToolAnswer(answer);
    },
  };
}
