import { createHash } from 'node:crypto';
import type { ConnectAnswer } from '../domain/connect/connect.ts';
import { type ErrorCode, MooringError } from '../domain/errors.ts';
import { Throttle } from './limits.ts';

/**
 * The answer to a user who asks for a link: the link, or a page that explains why there is none.
 */
export type FreshLink =
  | { redirectUrl: string }
  | { page: 'connected' | 'pending' | 'later' | 'invalid'; because?: Error };

/** Users do not wait longer after a click. The attempt continues, and the next click joins it. */
const answerWithinMs = 20_000;

/** Errors that pass without a change: the next click may succeed. */
const transientCodes: ErrorCode[] = [
  'ERR_CONNECT_IN_PROGRESS',
  'ERR_ACCOUNT_BUSY',
  'ERR_NO_WORKER',
  'ERR_WORKER_BUSY',
  'ERR_RUN_STUCK',
  'ERR_RATE_LIMITED',
  'ERR_API_UNAVAILABLE',
  'ERR_TEMPORAL_UNAVAILABLE',
];

/** Requests links for users who have only a token. Throws only errors that are bugs in Mooring. */
export class FreshLinks {
  // Each click is an update of one run, and Temporal allows 2,000 updates for a run.
  readonly #clicks = new Throttle({ most: 5, windowMs: 60_000, keys: 10_000 });

  async requestLink(token: string, connect: () => Promise<ConnectAnswer>): Promise<FreshLink> {
    if (!this.#clicks.tryAcquire(createHash('sha256').update(token).digest('base64'))) {
      return { page: 'later' };
    }
    try {
      const late = new Promise<null>((resolve) =>
        setTimeout(resolve, answerWithinMs, null).unref(),
      );
      const answer = await Promise.race([connect(), late]);
      if (answer === null) return { page: 'later' };
      if (answer.redirectUrl !== null) return { redirectUrl: answer.redirectUrl };
      return { page: answer.status === 'ACTIVE' ? 'connected' : 'pending' };
    } catch (error) {
      if (!(error instanceof MooringError)) throw error;
      if (error.code === 'ERR_ALREADY_CONNECTED') return { page: 'connected' };
      return { page: transientCodes.includes(error.code) ? 'later' : 'invalid', because: error };
    }
  }
}
