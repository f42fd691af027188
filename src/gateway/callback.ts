import { createHash, randomBytes } from 'node:crypto';
import type { ConnectionHandle } from '../client/connect/connection-handle.ts';
import type {
  CallbackHint,
  ConnectAnswer,
  ConnectUserInput,
  Outcome,
  OutcomeStatus,
} from '../domain/connect/connect.ts';
import { type ErrorCode, MooringError } from '../domain/errors.ts';
import type { CallbackClaims } from '../crypto/url-tokens.ts';
import { Browsers } from './browsers.ts';
import type { PageStatus } from './return-url.ts';
import { SharedCalls } from './shared-calls.ts';
import { Throttle } from './throttle.ts';

type Attempt = Pick<ConnectionHandle, 'deliverCallback' | 'outcome' | 'describe'>;
type AttemptDescription = Awaited<ReturnType<Attempt['describe']>>;

/** What the gateway needs of `MooringClient`. */
export interface Attempts {
  attempt(workflowId: string, runId: string): Attempt;
  connectUser(input: ConnectUserInput): Promise<ConnectAnswer>;
  connectAgain(workflowId: string, runId: string): Promise<ConnectAnswer>;
}

/** Temporal takes a signal within milliseconds; after this long it is away. */
const signalWithinMs = 2_000;
/** The workflow's read and its verdict take a fraction of it; nobody likes to look longer at an empty page. */
const usualOutcomeWithinMs = 3_000;
/** A code is used in the second in which the browser comes home; the rest is for slow apps and slow clocks. */
const codeLifeMs = 300_000;

const standings: Record<OutcomeStatus, PageStatus['status']> = {
  ACTIVE: 'active',
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELED: 'canceled',
};

export interface CallbackTimes {
  /** How long a browser waits for an outcome before it is sent home without one. */
  outcomeWithinMs?: number | undefined;
}

/** Passes a browser's return on to its run, and finds out how that run stands then. */
export class Callbacks {
  readonly #attempts: Attempts;
  readonly #outcomeWithinMs: number;
  // A run reads the API for at most ten hints; this keeps its history from filling with the rest.
  readonly #signals = new Throttle({ most: 3, windowMs: 60_000, keys: 10_000 });
  readonly #browsers = new Browsers();
  readonly #outcomes = new SharedCalls<Outcome>();
  readonly #descriptions = new SharedCalls<AttemptDescription>();

  constructor(attempts: Attempts, { outcomeWithinMs = usualOutcomeWithinMs }: CallbackTimes = {}) {
    this.#attempts = attempts;
    this.#outcomeWithinMs = outcomeWithinMs;
  }

  /**
   * Answers within about 5 s. `cookies` are the browser's, if it needs a code. Null if it needs a code and can get
   * none now: try again in a minute. Throws when Temporal does not answer; the hint may still have arrived.
   */
  async deliver(
    claims: CallbackClaims,
    hint: CallbackHint,
    cookies: readonly string[],
  ): Promise<PageStatus | null> {
    const attempt = this.#attempts.attempt(claims.workflowId, claims.runId);
    if (wantsCode(claims, hint)) return this.#deliverWithCode(attempt, claims, hint, cookies);
    if (this.#signals.pass(claims.runId)) {
      await attempt.deliverCallback(hint, { timeoutMs: signalWithinMs });
    }
    return this.#standingOf(attempt, claims.runId);
  }

  /**
   * Gives the browser a code only after the run has received its hash. This does not wait for an outcome: the outcome
   * follows the app's `confirm`, which needs the browser back at the app.
   */
  async #deliverWithCode(
    attempt: Attempt,
    { runId }: CallbackClaims,
    hint: CallbackHint,
    cookies: readonly string[],
  ): Promise<PageStatus | null> {
    const code = randomBytes(32).toString('base64url');
    const expiresAt = new Date(Date.now() + codeLifeMs).toISOString();
    const withCode = {
      ...hint,
      code: { hash: sha256(code), expiresAt, cookies: cookies.map(sha256) },
    };
    const heard = await this.#browsers.report(runId, cookies, () =>
      attempt.deliverCallback(withCode, { timeoutMs: signalWithinMs }),
    );
    try {
      const { open, outcome, connectionId } = await this.#describe(attempt, runId);
      if (!open) return outcome === null ? unknown(connectionId) : settled(outcome, connectionId);
      return heard ? { status: 'pending', reason: null, connectionId, code } : null;
    } catch (error) {
      if (heard) return { status: 'pending', reason: null, connectionId: null, code };
      if (isCode(error, 'ERR_OUTCOME_UNKNOWN')) return unknown(null);
      throw error;
    }
  }

  async #standingOf(attempt: Attempt, runId: string): Promise<PageStatus> {
    // Both at once: the description of an open run shows whether a timeout of the other call is an outage.
    const [outcome, description] = await Promise.allSettled([
      this.#outcomes.ask(runId, (signal) => attempt.outcome({ signal }), this.#notSettledInTime()),
      this.#describe(attempt, runId),
    ]);
    const described = description.status === 'fulfilled';
    const connectionId = described ? description.value.connectionId : null;
    if (outcome.status === 'fulfilled') return settled(outcome.value, connectionId);
    const failure: unknown = described ? outcome.reason : description.reason;
    if (isCode(outcome.reason, 'ERR_OUTCOME_UNKNOWN') || isCode(failure, 'ERR_OUTCOME_UNKNOWN')) {
      return unknown(connectionId);
    }
    if (isCode(failure, 'ERR_OUTCOME_TIMEOUT')) {
      return { status: 'pending', reason: null, connectionId };
    }
    throw failure;
  }

  #describe(attempt: Attempt, runId: string): Promise<AttemptDescription> {
    const timeoutMs = this.#outcomeWithinMs;
    return this.#descriptions.ask(runId, () => attempt.describe({ timeoutMs }));
  }

  /** Rejects when a browser has waited long enough. */
  #notSettledInTime(): Promise<never> {
    const ms = this.#outcomeWithinMs;
    const error = new MooringError('ERR_OUTCOME_TIMEOUT', `not settled within ${ms} ms`);
    return new Promise((_, reject) => setTimeout(reject, ms, error).unref());
  }
}

/** Whether this browser is to take a code home: who says no has nothing to confirm. */
export function wantsCode(claims: CallbackClaims, hint: CallbackHint): boolean {
  return claims.confirm === true && hint.status === 'success';
}

function settled({ status, reason }: Outcome, connectionId: string | null): PageStatus {
  return { status: standings[status], reason, connectionId };
}

function unknown(connectionId: string | null): PageStatus {
  return { status: 'unknown', reason: null, connectionId };
}

/**
 * What the query of a callback says. Only an outright no is a `failed`, which may name the reason of a
 * later expiry; everything else wakes the attempt, which reads for itself. Repeated parameters: the first.
 */
export function hintOf(query: Record<string, string>): CallbackHint {
  const refused = query.status === 'failed' || query.status === 'error';
  // Composio spells the id in both ways, by flow.
  const id = query.connected_account_id ?? query.connectedAccountId;
  return {
    status: refused || query.error !== undefined ? 'failed' : 'success',
    ...(id !== undefined && /^[\w-]{1,100}$/.test(id) ? { connectedAccountId: id } : {}),
  };
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof MooringError && error.code === code;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
