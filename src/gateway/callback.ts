import { createHash } from 'node:crypto';
import type { ConnectionHandle } from '../connection-handle.ts';
import type { CallbackHint, OutcomeStatus } from '../domain/connection.ts';
import { type ErrorCode, MooringError } from '../domain/errors.ts';
import type { CallbackClaims } from '../tokens.ts';
import type { Standing } from './return-url.ts';
import { Throttle } from './throttle.ts';

/** What the gateway needs of `MooringClient`. */
export interface Attempts {
  attempt(
    workflowId: string,
    runId: string,
  ): Pick<ConnectionHandle, 'deliverCallback' | 'outcome' | 'describe'>;
}

/** Temporal takes a signal within milliseconds; after this long it is away. */
const signalWithinMs = 2_000;
/** The workflow's read and its verdict take a fraction of it; nobody likes to look longer at an empty page. */
const outcomeWithinMs = 3_000;

const standings: Record<OutcomeStatus, Standing['status']> = {
  ACTIVE: 'active',
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELED: 'canceled',
};

/** Passes a browser's return on to its run, and finds out how that run stands then. */
export class Callbacks {
  readonly #attempts: Attempts;
  // A run reads the API for at most ten hints; this keeps its history from filling with the rest.
  readonly #signals = new Throttle({ most: 3, windowMs: 60_000, keys: 10_000 });

  constructor(attempts: Attempts) {
    this.#attempts = attempts;
  }

  /** Answers within about 5 s. Throws when Temporal is away; the hint may have arrived all the same. */
  async deliver(token: string, claims: CallbackClaims, hint: CallbackHint): Promise<Standing> {
    const attempt = this.#attempts.attempt(claims.workflowId, claims.runId);
    if (this.#signals.pass(createHash('sha256').update(token).digest('base64'))) {
      await attempt.deliverCallback(hint, { timeoutMs: signalWithinMs });
    }
    // Both at once: an open run is described meanwhile, and a timeout of the other is told from an outage.
    const timeoutMs = outcomeWithinMs;
    const [outcome, description] = await Promise.allSettled([
      attempt.outcome({ timeoutMs }),
      attempt.describe({ timeoutMs }),
    ]);
    const described = description.status === 'fulfilled';
    const connectionId = described ? description.value.connectionId : null;
    if (outcome.status === 'fulfilled') {
      const { status, reason } = outcome.value;
      return { status: standings[status], reason, connectionId };
    }
    const failure: unknown = described ? outcome.reason : description.reason;
    if (isCode(outcome.reason, 'ERR_OUTCOME_UNKNOWN') || isCode(failure, 'ERR_OUTCOME_UNKNOWN')) {
      return { status: 'unknown', reason: null, connectionId };
    }
    if (isCode(failure, 'ERR_OUTCOME_TIMEOUT')) {
      return { status: 'pending', reason: null, connectionId };
    }
    throw failure;
  }
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
