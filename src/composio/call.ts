import type { Composio } from '@composio/client';
import type { ApiAnswer } from './answers.ts';
import { ApiError } from './errors.ts';
import type { Identify } from './identity.ts';

/** What every call of the API is made with. */
export interface Calling {
  client: Composio;
  identify: Identify;
  /** Makes the one request of a call. `given`: what of this call no error may quote, by field. */
  send: (
    request: (options: { signal: AbortSignal | null }) => { withResponse(): Promise<ApiAnswer> },
    signal: AbortSignal | undefined,
    given?: Record<string, unknown>,
  ) => Promise<ApiAnswer>;
}

export async function unlessGone<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ApiError && error.isGone) return null;
    throw error;
  }
}
