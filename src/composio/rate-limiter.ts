import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './errors.ts';
import { retryAfterMs } from './retry-after.ts';
import { defined } from '../domain/defined.ts';

/** Composio's documented window, for an answer that does not give one. */
const documentedWindowMs = 60_000;
/** The shortest hold after a 429. `Retry-After: 0` would release every waiting call at once. */
const leastHoldMs = 1_000;
/**
 * The share of each window that bulk calls leave free, because waiting callers may need it all at
 * once.
 */
const reserve = 0.5;
/**
 * A bulk call checks again after this time at the latest, because the answer to another call may
 * bring news.
 */
const longestSleepMs = 1_000;
/**
 * A timer takes at least about this long. If the wait between two calls is shorter, the budget is
 * ample.
 */
const shortestSleepMs = 2;

type Sleep = (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;

/**
 * Stops this process from making calls that the API would refuse. Use one for each API key: both
 * API clients of a worker share it. The budget belongs to the whole organization, so between
 * processes nothing is shared but the API's own counter, which each answer brings.
 */
export class RateLimiter {
  readonly #now: () => number;
  readonly #sleep: Sleep;
  #closedUntil = -Infinity;
  #window = { remaining: -1, limit: -1, endsAt: -Infinity, ms: documentedWindowMs };
  #hasAnswer = false;
  /** Bulk calls in flight. The API's counter may not include all of them yet. */
  #inFlight = 0;
  #lastBulkAt = -Infinity;
  /** Bulk calls pass one after the other, in the order of their arrival. */
  #turn: Promise<void> = Promise.resolve();

  /**
   * The default clock is monotonic, so a step of the system clock neither opens nor blocks the rate
   * limiter.
   */
  constructor(now: () => number = () => performance.now(), sleepFn: Sleep = sleepFor) {
    this.#now = now;
    this.#sleep = sleepFn;
  }

  /** Throws an ApiError `held` with the time to wait if the API would refuse a call now. */
  requireBudget(): void {
    const waitMs = Math.ceil(this.#closedUntil - this.#now());
    if (waitMs <= 0) return;
    throw new ApiError('held', 'rate limiter held the call: the API’s request budget is used up', {
      retryAfterMs: waitMs,
    });
  }

  /**
   * Waits until a call for which nobody waits may be sent. Such calls get only the budget above the
   * reserve, spread over the rest of the window. Returns a function to call when the answer has
   * arrived. Throws the signal's reason.
   */
  async waitForBulkTurn(signal?: AbortSignal): Promise<() => void> {
    const before = this.#turn;
    let endTurn = () => {};
    this.#turn = new Promise((resolve) => (endTurn = resolve));
    await before;
    try {
      for (let ms = this.#bulkWaitMs(); ms > 0; ms = this.#bulkWaitMs()) {
        signal?.throwIfAborted();
        await this.#sleep(Math.min(ms, longestSleepMs), signal);
      }
      signal?.throwIfAborted();
    } finally {
      endTurn();
    }
    this.#inFlight++;
    this.#lastBulkAt = this.#now();
    return () => this.#inFlight--;
  }

  /** How long the next bulk call must wait, by what is known now. */
  #bulkWaitMs(): number {
    const now = this.#now();
    if (now < this.#closedUntil) return this.#closedUntil - now;
    // The first answer shows whether there is a counter. Until then only one call at a time is
    // sent.
    if (!this.#hasAnswer) return this.#inFlight === 0 ? 0 : 10;
    const { limit, endsAt, ms: windowMs } = this.#window;
    if (limit < 0) return 0;
    const isOver = now >= endsAt;
    // Of a new window only its length and its limit are known.
    const remaining = isOver ? limit : this.#window.remaining;
    const left = isOver ? windowMs : endsAt - now;
    const available = remaining - Math.ceil(limit * reserve) - this.#inFlight;
    if (available <= 0) return isOver ? 10 : left;
    const waitMs = this.#lastBulkAt + left / available - now;
    return waitMs < shortestSleepMs ? 0 : waitMs;
  }

  /**
   * Updates the window from every answer. A slower answer never opens a limiter that is known to be
   * closed.
   */
  onAnswer(headers: Headers, status: number): void {
    const now = this.#now();
    const remaining = wholeNumber(headers.get('x-ratelimit-remaining'));
    const windowMs = windowSizeMs(headers);
    this.#hasAnswer = true;
    if (remaining !== null) {
      // If the API sends no limit, the highest remaining count so far is the best estimate.
      const reportedLimit = wholeNumber(headers.get('x-ratelimit'));
      const limit = reportedLimit ?? Math.max(remaining, this.#window.limit);
      this.#updateWindow(remaining, now, windowMs, limit);
    }
    if (status === 429) {
      const rest = this.#window.endsAt > now ? this.#window.endsAt - now : windowMs;
      const holdMs = retryAfterMs(headers) ?? Math.min(rest, windowMs);
      this.#closeUntil(now + Math.max(holdMs, leastHoldMs));
    } else if (remaining === 0) {
      this.#closeUntil(this.#window.endsAt);
    }
  }

  /**
   * A counter that rises, or a window that is over, means a new window, which started now at the
   * latest. Answers to concurrent calls may arrive in another order. So the counter may rise by
   * that number without a new window.
   */
  #updateWindow(remaining: number, now: number, ms: number, limit: number): void {
    const known = this.#window;
    const isNew = remaining > known.remaining + this.#inFlight || now >= known.endsAt;
    const endsAt = isNew ? now + ms : known.endsAt;
    this.#window = {
      remaining: isNew ? remaining : Math.min(remaining, known.remaining),
      endsAt,
      ms,
      limit,
    };
  }

  #closeUntil(until: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, until);
  }
}

/** `60s` as documented. A window above an hour is treated as a mistake. */
function windowSizeMs(headers: Headers): number {
  const seconds = wholeNumber(headers.get('x-ratelimit-window-size')?.replace(/s$/, '') ?? null);
  const isBelievable = seconds !== null && seconds > 0 && seconds <= 3_600;
  return isBelievable ? seconds * 1_000 : documentedWindowMs;
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

async function sleepFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { ...defined({ signal }) });
}
