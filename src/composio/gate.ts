import { ApiError } from './errors.ts';
import { retryAfterMs } from './retry-after.ts';

/** Composio's documented window, for an answer that does not tell. */
const documentedWindowMs = 60_000;
/** After a 429 never less: `Retry-After: 0` would let every waiting call in at once. */
const leastHoldMs = 1_000;

/**
 * Keeps this process from calling when the API has said that it would refuse. The budget belongs to
 * the whole organisation, so the API's own counter is the only true one: one gate for each API key.
 */
export class RateGate {
  readonly #now: () => number;
  #closedUntil = -Infinity;
  #window = { remaining: -1, endsAt: -Infinity };

  /** The clock is monotonic by default: a step of the system's clock neither opens nor jams the gate. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Throws an ApiError `held`, with the time to wait, when a call would be refused. */
  admit(): void {
    const waitMs = Math.ceil(this.#closedUntil - this.#now());
    if (waitMs <= 0) return;
    throw new ApiError('held', 'held back: the API’s request budget is used up', {
      retryAfterMs: waitMs,
    });
  }

  /** Learns from every answer. What is known to be closed is never opened by an answer that was slower. */
  observe(headers: Headers, status: number): void {
    const now = this.#now();
    const remaining = wholeNumber(headers.get('x-ratelimit-remaining'));
    const windowMs = windowSizeMs(headers);
    if (remaining !== null) this.#note(remaining, now, windowMs);
    if (status === 429) {
      const rest = this.#window.endsAt > now ? this.#window.endsAt - now : windowMs;
      const holdMs = retryAfterMs(headers) ?? Math.min(rest, windowMs);
      this.#close(now + Math.max(holdMs, leastHoldMs));
    } else if (remaining === 0) {
      this.#close(this.#window.endsAt);
    }
  }

  /** A counter that rises, or a window that is over, means a new window, which began now at the latest. */
  #note(remaining: number, now: number, windowMs: number): void {
    const isNew = remaining > this.#window.remaining || now >= this.#window.endsAt;
    this.#window = { remaining, endsAt: isNew ? now + windowMs : this.#window.endsAt };
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
