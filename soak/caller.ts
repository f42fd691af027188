import { setTimeout as sleep } from 'node:timers/promises';
import { MooringError } from '../src/index.ts';
import type { Answer, Request } from './cast.ts';
import type { Call, ErrorAnswer } from './evidence.ts';

/** These codes say that something is down or busy, and that a repeat is safe. */
const away: readonly string[] = [
  'ERR_NO_WORKER',
  'ERR_WORKER_BUSY',
  'ERR_API_UNAVAILABLE',
  'ERR_TEMPORAL_UNAVAILABLE',
  'ERR_OUTCOME_TIMEOUT',
  'ERR_ACCOUNT_BUSY',
];
/**
 * A caller repeats a request this long, and this long after the last fault: longer than any wait of
 * the client.
 */
const patienceMs = 60_000;
const pauseMs = 1_000;
/** An offboarding has no limit of its own, so its caller waits longest. */
const answerWithinMs = 240_000;

/** All requests of all callers, each try with its answer. */
export class CallBook {
  readonly calls: Call[] = [];
  /** Counted apart from `calls`, so that missing entries are noticed. */
  count = 0;
  /** Tokens and codes that browsers of the stories carried. */
  readonly secrets = new Set<string>();
  lastFaultAt = Date.now();
  /** While planned faults are to come, no caller gives up. */
  isTroubled = false;

  onFault(): void {
    this.lastFaultAt = Date.now();
  }

  /** Whether a caller that has asked since then still repeats the request. */
  isPatient(since: number): boolean {
    return this.isTroubled || Date.now() < Math.max(since, this.lastFaultAt) + patienceMs;
  }

  /** See `Cast.ask`. */
  async ask<T>(story: string, userId: string | null, request: Request<T>): Promise<Answer<T>> {
    const since = Date.now();
    for (let refusals = 0; ;) {
      const answer = await this.#once(story, userId, request);
      if (answer.error === null || !this.isPatient(since)) return answer;
      const { error } = answer;
      const isAway = error instanceof MooringError && away.includes(error.code);
      if (!isAway && ++refusals > 1) return answer;
      await sleep(pauseMs);
    }
  }

  async #once<T>(story: string, userId: string | null, request: Request<T>): Promise<Answer<T>> {
    const call: Call = {
      n: ++this.count,
      story,
      userId: request.userId ?? userId,
      operation: request.operation,
      input: copy(request.input) as Record<string, unknown>,
      requestId: request.requestId ?? null,
      askedAt: Date.now(),
      answeredAt: null,
      value: null,
      error: null,
    };
    this.calls.push(call);
    const silence = sleep(answerWithinMs, null, { ref: false }).then(() => {
      throw new NoAnswer(`${request.operation} had no answer within ${answerWithinMs} ms`);
    });
    try {
      const value = await Promise.race([request.make(), silence]);
      call.answeredAt = Date.now();
      call.value = copy(value);
      return { value, error: null };
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (!(error instanceof NoAnswer)) call.answeredAt = Date.now();
      call.error = errorAnswer(error);
      return { value: null, error };
    }
  }
}

class NoAnswer extends Error {}

export function errorAnswer(error: unknown): ErrorAnswer {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof MooringError)) return { code: null, message, details: {} };
  return { code: error.code, message, details: { ...error.details } };
}

/** A copy, as a story may still use the object. Handles keep their ids and lose the rest. */
function copy(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
