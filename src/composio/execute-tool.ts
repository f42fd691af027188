import { readToolAnswer } from './answers.ts';
import type { ComposioApi } from './api.ts';
import { toolBody, toolSlug } from './requests.ts';
import type { Calling } from './send.ts';

/** Tools wait for a toolkit, and some for its long jobs; Composio's own client gives up then too. */
const toolTimeoutMs = 60_000;

export function toolCalls({ client, send }: Calling): Pick<ComposioApi, 'executeTool'> {
  return {
    async executeTool(call, signal) {
      const slug = toolSlug(call.tool);
      const body = toolBody(call);
      const { timeoutMs: timeout = toolTimeoutMs } = call;
      const answer = await send(
        (options) => client.tools.execute(slug, body, { ...options, timeout }),
        signal,
        call.arguments,
      );
      return readToolAnswer(answer);
    },
  };
}
