import { z } from 'zod';
import { accountIdSchema, idSchema, parse } from '../domain/schemas.ts';
import { readToolAnswer } from './answers.ts';
import type { ComposioApi } from './api.ts';
import type { Calling } from './call.ts';

/** Tools wait for a toolkit, and some for its long jobs; Composio's own client gives up then too. */
const toolTimeoutMs = 60_000;

export const toolCallSchema = z.strictObject({
  tool: z.string().regex(/^[\w-]{1,200}$/, 'is not a tool’s slug'),
  userId: idSchema,
  connectedAccountId: accountIdSchema,
  arguments: z.record(z.string(), z.unknown()),
  version: z.string().min(1, 'is empty').max(100).optional(),
  timeoutMs: z.number().int().min(1).max(3_600_000).optional(),
});

export function toolCalls({ client, send }: Calling): Pick<ComposioApi, 'executeTool'> {
  return {
    async executeTool(call, signal) {
      const { tool, timeoutMs: timeout = toolTimeoutMs, ...asked } = parse(toolCallSchema, call);
      const { userId, connectedAccountId, version } = asked;
      const body = {
        user_id: userId,
        connected_account_id: connectedAccountId,
        arguments: asked.arguments,
        ...(version !== undefined && { version }),
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
