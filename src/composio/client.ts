import { Composio } from '@composio/client';
import { z } from 'zod';
import { parseInput } from '../domain/schemas.ts';
import type { ComposioApi } from './api.ts';
import { accountChangeCalls } from './change-accounts.ts';
import { toolExecutionCalls } from './execute-tool.ts';
import { RateLimiter } from './rate-limiter.ts';
import { createIdentify } from './identity.ts';
import { accountCreateCalls } from './create-accounts.ts';
import { accountReadCalls } from './read-accounts.ts';
import { type CallContext, createSend, createTransport } from './call.ts';

interface ComposioApiOptions {
  apiKey: string;
  /**
   * Default: Composio's production. Plain `http:` is for a sandbox, because it sends the key
   * unencrypted.
   */
  baseUrl?: string;
  /**
   * From the first byte of the request to the last byte of the answer. A tool has a longer limit of
   * its own.
   */
  timeoutMs?: number;
  /** Share one instance among all clients of one API key. */
  rateLimiter?: RateLimiter;
  /**
   * For calls for which nobody waits. They leave a reserve of the budget to other calls, and wait
   * for their turn.
   */
  bulk?: boolean;
}

/**
 * Creates Composio's API over its own client. Besides ApiError, a call throws MooringError for
 * invalid input, and the signal's reason if the signal aborted it.
 */
export function createComposioApi({
  apiKey,
  baseUrl,
  timeoutMs = 10_000,
  rateLimiter = new RateLimiter(),
  bulk = false,
}: ComposioApiOptions): ComposioApi {
  // `fromEnv({})` reads nothing from the environment: no second credential, no headers, no other
  // host.
  const client = Composio.fromEnv(
    {},
    {
      apiKey: parseInput(z.string().min(1, 'is empty'), apiKey, 'apiKey'),
      baseURL: baseUrl ?? null,
      allowInsecureHTTP: /^http:/i.test(baseUrl ?? ''),
      maxRetries: 0,
      timeout: timeoutMs,
      logLevel: 'off',
      fetch: createTransport(rateLimiter),
    },
  );

  const context: CallContext = {
    client,
    identify: createIdentify(apiKey),
    send: createSend({ apiKey, rateLimiter, bulk }),
  };

  return {
    ...accountReadCalls(context),
    ...accountCreateCalls(context),
    ...accountChangeCalls(context),
    ...toolExecutionCalls(context),
  };
}
