import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './errors.ts';
import { retryAfterMs } from './retry-after.ts';

/** Composio's documented window, for an answer that does not tell. */
const documentedWindowMs = 60_000;
/** After a 429 never less: `Retry-After: 0` would let every waiting call in at once. */
const leastHoldMs = 1_000;
/** What bulk leaves of each window, as a share of it: people who wait may need it all at once. */
const reserve = 0.5;
/** Bulk looks again after this long at the latest: an answer to somebody else may have told more. */
const longestNapMs = 1_000;
/** A timer takes about so long whatever it is told; a budget that leaves less between two calls is ample. */
const shortestNapMs = 2;

type Nap = (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;

/**
 * Keeps this process from calling when the API has said that it would refuse. The budget belongs to
 * the whole organisation, so the API's own counter is the only true one: one gate for each API key.
 */
export class RateGate {
  readonly #now: () => number;
  readonly #nap: Nap;
  #closedUntil = -Infinity;
  #window = { remaining: -1, limit: -1, endsAt: -Infinity, ms: documentedWindowMs };
  #answered = false;
  /** Bulk calls on their way: some of them the counter does not know yet. */
  #inFlight = 0;
  #lastBulkAt = -Infinity;
  /** Bulk calls pass one after the other, in the order in which they came. */
  #turn: Promise<void> = Promise.resolve();

  /** The clock is monotonic by default: a step of the system's clock neither opens nor jams the gate. */
  constructor(now: () => number = () => performance.now(), nap: Nap = napping) {
    this.#now = now;
    this.#nap = nap;
  }

  /** Throws an ApiError `held`, with the time to wait, when a call would be refused. */
  admit(): void {
    const waitMs = Math.ceil(this.#closedUntil - this.#now());
    if (waitMs <= 0) return;
    throw new ApiError('held', 'held back: the API’s request budget is used up', {
      retryAfterMs: waitMs,
    });
  }

  /**
   * Waits until a call for which nobody waits may be sent: only what is above the reserve is for those, and
   * it is spread over what is left of the window. Answers what to call when its answer is there. Throws
   * the signal's reason.
   */
  async admitBulk(signal?: AbortSignal): Promise<() => void> {
    const before = this.#turn;
    let pass = () => {};
    this.#turn = new Promise((resolve) => (pass = resolve));
    await before;
    try {
      for (let ms = this.#bulkWaitMs(); ms > 0; ms = this.#bulkWaitMs()) {
        signal?.throwIfAborted();
        await this.#nap(Math.min(ms, longestNapMs), signal);
      }
      signal?.throwIfAborted();
    } finally {
      pass();
    }
    this.#inFlight++;
    this.#lastBulkAt = this.#now();
    return () => this.#inFlight--;
  }

  /** How long the next bulk call has to wait, as far as is known now. */
  #bulkWaitMs(): number {
    const now = this.#now();
    if (now < this.#closedUntil) return this.#closedUntil - now;
    // The first answer tells whether there is a counter; until then one call at a time asks.
    if (!this.#answered) return this.#inFlight === 0 ? 0 : 10;
    const { limit, endsAt, ms: windowMs } = this.#window;
    if (limit < 0) return 0;
    const isOver = now >= endsAt;
    // Of a window that has just begun nobody knows anything yet but how long it is and what it holds.
    const remaining = isOver ? limit : this.#window.remaining;
    const left = isOver ? windowMs : endsAt - now;
    const spare = remaining - Math.ceil(limit * reserve) - this.#inFlight;
    if (spare <= 0) return isOver ? 10 : left;
    const waitMs = this.#lastBulkAt + left / spare - now;
    return waitMs < shortestNapMs ? 0 : waitMs;
  }

  /** Learns from every answer. What is known to be closed is never opened by an answer that was slower. */
  observe(headers: Headers, status: number): void {
    const now = this.#now();
    const remaining = wholeNumber(headers.get('x-ratelimit-remaining'));
    const windowMs = windowSizeMs(headers);
    this.#answered = true;
    if (remaining !== null) {
      // Where the limit is not told, the most that was ever left comes nearest.
      const told = wholeNumber(headers.get('x-ratelimit'));
      const limit = told ?? Math.max(remaining, this.#window.limit);
      this.#note(remaining, now, windowMs, limit);
    }
    if (status === 429) {
      const rest = this.#window.endsAt > now ? this.#window.endsAt - now : windowMs;
      const holdMs = retryAfterMs(headers) ?? Math.min(rest, windowMs);
      this.#close(now + Math.max(holdMs, leastHoldMs));
    } else if (remaining === 0) {
      this.#close(this.#window.endsAt);
    }
  }

  /**
   * A counter that rises, or a window that is over, means a new window, which began now at the latest. Of
   * calls that were on their way together answers overtake each other: so far it may rise for nothing.
   */
  #note(remaining: number, now: number, ms: number, limit: number): void {
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

  #close(until: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, until);
  }
}

/** `60s` as documented; a window above an hour is taken for a mistake. */
function windowSizeMs(headers: Headers): number {
  const seconds = wholeNumber(headers.get('x-ratelimit-window-size')?.replace(/s$/, '') ?? null);
  const believable = seconds !== null && seconds > 0 && seconds <= 3_600;
  return believable ? seconds * 1_000 : documentedWindowMs;
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

async function napping(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { ...(signal && { signal }) });
}
