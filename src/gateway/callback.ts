import { createHash, randomBytes } from 'node:crypto';
import type { ConnectionHandle } from '../client/connect/connection-handle.ts';
import type {
  CallbackHint,
  ConnectAnswer,
  ConnectUserInput,
  ConnectOutcome,
  ConnectStatus,
} from '../domain/connect/connect.ts';
import { defined } from '../domain/defined.ts';
import { type ErrorCode, MooringError } from '../domain/errors.ts';
import { accountIdSchema } from '../domain/schemas.ts';
import type { CallbackClaims } from '../crypto/url-tokens.ts';
import { Browsers } from './browsers.ts';
import type { PageStatus } from './return-url.ts';
import { SharedCalls, Throttle } from './limits.ts';

type Attempt = Pick<ConnectionHandle, 'deliverCallback' | 'result' | 'describe'>;
type DescribedAttempt = Awaited<ReturnType<Attempt['describe']>>;

/** What the gateway needs of a client. */
export interface Attempts {
  getAttempt(attempt: { workflowId: string; runId: string }): Attempt;
  connectUser(input: ConnectUserInput): Promise<ConnectAnswer>;
  connectAgain(attempt: { workflowId: string; runId: string }): Promise<ConnectAnswer>;
}

/** Temporal accepts a signal within milliseconds; after this time it counts as away. */
const signalWithinMs = 2_000;
/**
 * The run needs a fraction of this to read the account and decide; users do not wait longer for a
 * page.
 */
const defaultOutcomeWithinMs = 3_000;
/**
 * The app uses a code within a second of the browser's return; the rest is for slow apps and
 * clocks.
 */
const codeLifeMs = 300_000;

const pageStatuses: Record<ConnectStatus, PageStatus['status']> = {
  ACTIVE: 'active',
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELED: 'canceled',
};

export interface CallbackTimes {
  /**
   * How long a browser waits for an outcome before the gateway redirects it to the app without one.
   */
  outcomeWithinMs?: number | undefined;
}

/** Reports a browser's return to its run, and reads the status of that run afterwards. */
export class Callbacks {
  readonly #attempts: Attempts;
  readonly #outcomeWithinMs: number;
  // A run reads the API for at most ten hints. This limit keeps further hints out of its history.
  readonly #signals = new Throttle({ most: 3, windowMs: 60_000, keys: 10_000 });
  readonly #browsers = new Browsers();
  readonly #outcomes = new SharedCalls<ConnectOutcome>();
  readonly #descriptions = new SharedCalls<DescribedAttempt>();

  constructor(
    attempts: Attempts,
    { outcomeWithinMs = defaultOutcomeWithinMs }: CallbackTimes = {},
  ) {
    this.#attempts = attempts;
    this.#outcomeWithinMs = outcomeWithinMs;
  }

  /**
   * Returns within about 5 s. `cookies` are the browser's, if it needs a code. Null if it needs a
   * code and cannot get one now: try again in a minute. Throws when Temporal does not answer; the
   * hint may still have arrived.
   */
  async deliver(
    claims: CallbackClaims,
    hint: CallbackHint,
    cookies: readonly string[],
  ): Promise<PageStatus | null> {
    const { workflowId, runId } = claims;
    const attempt = this.#attempts.getAttempt({ workflowId, runId });
    if (isCodeNeeded(claims, hint)) return this.#deliverWithCode(attempt, claims, hint, cookies);
    if (this.#signals.tryAcquire(claims.runId)) {
      await attempt.deliverCallback(hint, { timeoutMs: signalWithinMs });
    }
    return this.#readStatus(attempt, claims.runId);
  }

  /**
   * Gives the browser a code only after the run has received its hash. This does not wait for an
   * outcome: the outcome follows the app's `confirm`, and for that the browser must be back at the
   * app.
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
    const isReported = await this.#browsers.reportReturn(runId, cookies, () =>
      attempt.deliverCallback(withCode, { timeoutMs: signalWithinMs }),
    );
    try {
      const { open, outcome, connectionId } = await this.#describeAttempt(attempt, runId);
      if (!open)
        return outcome === null ? unknownStatus(connectionId) : pageStatusOf(outcome, connectionId);
      return isReported ? { status: 'pending', reason: null, connectionId, code } : null;
    } catch (error) {
      if (isReported) return { status: 'pending', reason: null, connectionId: null, code };
      if (hasErrorCode(error, 'ERR_OUTCOME_UNKNOWN')) return unknownStatus(null);
      throw error;
    }
  }

  async #readStatus(attempt: Attempt, runId: string): Promise<PageStatus> {
    // Both at once: if the description arrives, a timeout of the outcome is no outage.
    const [outcome, description] = await Promise.allSettled([
      this.#outcomes.startOrJoin(
        runId,
        (signal) => attempt.result({ signal }),
        this.#rejectAfterTimeout(),
      ),
      this.#describeAttempt(attempt, runId),
    ]);
    const isDescribed = description.status === 'fulfilled';
    const connectionId = isDescribed ? description.value.connectionId : null;
    if (outcome.status === 'fulfilled') return pageStatusOf(outcome.value, connectionId);
    const failure: unknown = isDescribed ? outcome.reason : description.reason;
    if (
      hasErrorCode(outcome.reason, 'ERR_OUTCOME_UNKNOWN') ||
      hasErrorCode(failure, 'ERR_OUTCOME_UNKNOWN')
    ) {
      return unknownStatus(connectionId);
    }
    if (hasErrorCode(failure, 'ERR_OUTCOME_TIMEOUT')) {
      return { status: 'pending', reason: null, connectionId };
    }
    throw failure;
  }

  #describeAttempt(attempt: Attempt, runId: string): Promise<DescribedAttempt> {
    const timeoutMs = this.#outcomeWithinMs;
    return this.#descriptions.startOrJoin(runId, () => attempt.describe({ timeoutMs }));
  }

  /** Rejects when a browser has waited for `outcomeWithinMs`. */
  #rejectAfterTimeout(): Promise<never> {
    const ms = this.#outcomeWithinMs;
    const error = new MooringError(
      'ERR_OUTCOME_TIMEOUT',
      `the attempt is not settled after ${ms} ms`,
    );
    return new Promise((_, reject) => setTimeout(reject, ms, error).unref());
  }
}

/**
 * Whether this browser must bring a code to the app: after a denial there is nothing to confirm.
 */
export function isCodeNeeded(claims: CallbackClaims, hint: CallbackHint): boolean {
  return claims.confirm === true && hint.status === 'success';
}

function pageStatusOf({ status, reason }: ConnectOutcome, connectionId: string | null): PageStatus {
  return { status: pageStatuses[status], reason, connectionId };
}

function unknownStatus(connectionId: string | null): PageStatus {
  return { status: 'unknown', reason: null, connectionId };
}

/**
 * Reads the query of a callback. Only an explicit refusal is `failed`; the attempt may use it as
 * the reason if it expires later. Everything else is `success`, and the attempt reads the API
 * itself. Of repeated parameters, the first counts.
 */
export function hintOf(query: Record<string, string>): CallbackHint {
  const refused = query.status === 'failed' || query.status === 'error';
  // Composio's flows spell the id in these two ways.
  const id = query.connected_account_id ?? query.connectedAccountId;
  return {
    status: refused || query.error !== undefined ? 'failed' : 'success',
    ...defined({ connectedAccountId: accountIdSchema.safeParse(id).data }),
  };
}

function hasErrorCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof MooringError && error.code === code;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
