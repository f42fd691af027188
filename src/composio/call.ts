import type { Composio } from '@composio/client';
import type { ApiAnswer } from './answers.ts';
import { ApiError } from './errors.ts';
import type { Identify } from './identity.ts';

/** The context of every API call. */
export interface CallContext {
  client: Composio;
  identify: Identify;
  /**
   * Makes the one request of a call. `given` holds the values, by field, that no error may quote.
   */
  send: (
    request: (options: { signal: AbortSignal | null }) => { withResponse(): Promise<ApiAnswer> },
    signal: AbortSignal | undefined,
    given?: Record<string, unknown>,
  ) => Promise<ApiAnswer>;
}

export async function nullIfGone<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ApiError && error.isGone) return null;
    throw error;
  }
}
