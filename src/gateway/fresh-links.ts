import { createHash } from 'node:crypto';
import type { ConnectAnswer } from '../domain/connect/connect.ts';
import { type ErrorCode, MooringError } from '../domain/errors.ts';
import { Throttle } from './throttle.ts';

/** What a person who has asked for a link gets: the link, or a page that says why there is none. */
export type FreshLink =
  | { redirectUrl: string }
  | { page: 'connected' | 'pending' | 'later' | 'invalid'; because?: Error };

/** As long as anybody looks at a button that does nothing; the attempt goes on, and the next click joins it. */
const answerWithinMs = 20_000;

/** What passes by itself: the next click may do. */
const passing: ErrorCode[] = [
  'ERR_CONNECT_IN_PROGRESS',
  'ERR_ACCOUNT_BUSY',
  'ERR_NO_WORKER',
  'ERR_WORKER_BUSY',
  'ERR_RUN_STUCK',
  'ERR_RATE_LIMITED',
  'ERR_API_UNAVAILABLE',
  'ERR_TEMPORAL_UNAVAILABLE',
];

/** Asks for links on behalf of people who have only a token. Throws what is a bug of ours. */
export class FreshLinks {
  // Each click is an update of one run, which takes 2,000 in all.
  readonly #clicks = new Throttle({ most: 5, windowMs: 60_000, keys: 10_000 });

  async ask(token: string, connect: () => Promise<ConnectAnswer>): Promise<FreshLink> {
    if (!this.#clicks.pass(createHash('sha256').update(token).digest('base64'))) {
      return { page: 'later' };
    }
    try {
      const late = new Promise<null>((give) => setTimeout(give, answerWithinMs, null).unref());
      const answer = await Promise.race([connect(), late]);
      if (answer === null) return { page: 'later' };
      if (answer.redirectUrl !== null) return { redirectUrl: answer.redirectUrl };
      return { page: answer.status === 'ACTIVE' ? 'connected' : 'pending' };
    } catch (error) {
      if (!(error instanceof MooringError)) throw error;
      if (error.code === 'ERR_ALREADY_CONNECTED') return { page: 'connected' };
      return { page: passing.includes(error.code) ? 'later' : 'invalid', because: error };
    }
  }
}
