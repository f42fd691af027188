import { Composio } from '@composio/client';
import { z } from 'zod';
import { parse } from '../domain/schemas.ts';
import type { ComposioApi } from './api.ts';
import { changingCalls } from './change-accounts.ts';
import { asApiError } from './errors.ts';
import { toolCalls } from './execute-tool.ts';
import { RateGate } from './rate-limiter.ts';
import { identifier } from './identity.ts';
import { makingCalls } from './make-accounts.ts';
import { readingCalls } from './read-accounts.ts';
import type { Calling } from './call.ts';
import { createTransport } from './transport.ts';

interface ComposioApiOptions {
  apiKey: string;
  /** Composio's production by default. Plain `http:` is for a sandbox: the key then travels in clear. */
  baseUrl?: string;
  /** From the request's first byte to the answer's last; a tool has a longer time of its own. */
  timeoutMs?: number;
  /** Share one among all clients of one API key. */
  gate?: RateGate;
  /** Nobody waits for these calls: they leave a reserve to those who do, and wait for their turn themselves. */
  bulk?: boolean;
}

/**
 * Composio over its own client. Beside ApiError, calls throw MooringError for input that must not be
 * sent, and the signal's reason when that has aborted the call.
 */
export function createComposioApi({
  apiKey,
  baseUrl,
  timeoutMs = 10_000,
  gate = new RateGate(),
  bulk = false,
}: ComposioApiOptions): ComposioApi {
  // `fromEnv({})` reads nothing ambient: no second credential, no headers, no other host.
  const client = Composio.fromEnv(
    {},
    {
      apiKey: parse(z.string().min(1, 'is empty'), apiKey, 'apiKey'),
      baseURL: baseUrl ?? null,
      allowInsecureHTTP: /^http:/i.test(baseUrl ?? ''),
      maxRetries: 0,
      timeout: timeoutMs,
      logLevel: 'off',
      fetch: createTransport(gate),
    },
  );

  const calling: Calling = {
    client,
    identify: identifier(apiKey),
    async send(request, signal, given = {}) {
      signal?.throwIfAborted();
      const answered = bulk ? await gate.admitBulk(signal) : undefined;
      try {
        gate.admit();
        return await request({ signal: signal ?? null }).withResponse();
      } catch (error) {
        signal?.throwIfAborted();
        throw asApiError(error, { apiKey, given });
      } finally {
        answered?.();
      }
    },
  };

  return {
    ...readingCalls(calling),
    ...makingCalls(calling),
    ...changingCalls(calling),
    ...toolCalls(calling),
  };
}
