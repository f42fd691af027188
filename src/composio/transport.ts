import type { ClientOptions } from '@composio/client';
import { offContract } from './errors.ts';
import type { RateGate } from './gate.ts';

type Transport = NonNullable<ClientOptions['transport']>;

/** A hundred accounts with all their state are below 1 MiB; this only stops an answer without end. */
const maxBodyBytes = 16 * 1_024 * 1_024;

/** Statuses that have no body; `Response` refuses to be built with one. */
const bodiless = [204, 205];

/**
 * Sends one request and reads its whole answer. The client's timeout and signal end with `send`, so
 * with the body read in here they bound the body too. Every redirect is refused: the client would
 * follow it, turn a POST into a GET and call what it finds a success.
 */
export function createTransport(gate: RateGate): Transport {
  return {
    async send(request) {
      const answer = await fetch(request, { redirect: 'manual' });
      const { status, headers } = answer;
      gate.observe(headers, status);
      if (status >= 300 && status < 400) {
        await answer.body?.cancel();
        throw offContract('a redirect', answer);
      }
      const body = await readBody(answer);
      return new Response(bodiless.includes(status) ? null : body, { status, headers });
    },
  };
}

async function readBody(answer: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw offContract(`more than ${maxBodyBytes} bytes`, answer);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
