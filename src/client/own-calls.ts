import type { AccessAnswer, AccessRequest, PlannedAccess } from '../domain/access/access.ts';
import { parseAccessRequest } from '../domain/access/schemas.ts';
import type { AccountSnapshot, OwnedAccount } from '../domain/account.ts';
import type { ConnectAnswer } from '../domain/connect/connect.ts';
import type { UseBlockers } from '../domain/use/usability.ts';
import { isReachable } from '../temporal/deadline.ts';
import { requestAccess } from './access/request-access.ts';
import { connectAgain } from './connect/connect-again.ts';
import { ConnectionHandle } from './connect/connection-handle.ts';
import { startRefresh } from './refresh/start-refresh.ts';
import type { ClientCore } from './shared/core.ts';
import { readBlockers } from './use/blockers.ts';

/**
 * The key of `OwnCalls` on a client. The package does not export it. It is registered, so that two
 * bundles of the package find each other's calls.
 */
export const ownCalls: unique symbol = Symbol.for('mooring.ownCalls');

interface NamedAttempt {
  workflowId: string;
  runId: string;
}

/** The calls that only Mooring's gateway, CLI, demo and `mooring/accounts` need. */
export class OwnCalls {
  readonly #core: ClientCore;

  constructor(core: ClientCore) {
    this.#core = core;
  }

  /**
   * Starts an attempt again after it ended EXPIRED, with its original input and sealed credentials.
   * If it was started again before, the call joins that attempt. The gateway calls it to offer
   * another link when the time has run out. Throws as `connectUser` does; ERR_OUTCOME_UNKNOWN if
   * this attempt has not expired, or if Temporal no longer has it.
   */
  async connectAgain(attempt: NamedAttempt): Promise<ConnectAnswer> {
    return connectAgain(this.#core.temporal, attempt, this.#core.context);
  }

  /** One attempt by its workflow and run, as a callback token names it. */
  getAttempt({ workflowId, runId }: NamedAttempt): ConnectionHandle {
    return new ConnectionHandle(this.#core.temporal, workflowId, runId);
  }

  /**
   * Starts a run that reads an account and refreshes it if it has expired, and returns without
   * waiting for the run. Use it when a webhook says that an account has expired. Safe to repeat:
   * the call joins an open refresh, and the run reads before each write. `busy`: another run writes
   * to the account now, call again. Without a `userId` Mooring takes the user from the attempt that
   * made the account; `owner_unknown` if Temporal has no such attempt any more.
   * ERR_TEMPORAL_UNAVAILABLE if Temporal does not answer.
   */
  async startRefresh(
    account: Pick<OwnedAccount, 'connectedAccountId'> & { userId?: string },
  ): Promise<'started' | 'joined' | 'busy' | 'owner_unknown'> {
    return startRefresh(this.#core.temporal, account, this.#core.context);
  }

  /** Any request about a user's access. With `dryRun` it changes nothing and returns a plan. */
  async requestAccess(
    request: AccessRequest,
    requestId?: string,
  ): Promise<AccessAnswer | PlannedAccess> {
    const { temporal, context } = this.#core;
    return requestAccess(temporal, parseAccessRequest(request), { requestId }, context);
  }

  /**
   * What Temporal knows against the use of an account by these users. `mooring/accounts` calls it,
   * and reads the rest from the API. ERR_TEMPORAL_UNAVAILABLE after 5 s: Mooring then does not
   * know.
   */
  async readBlockers(
    account: AccountSnapshot | null,
    userIds: readonly string[],
  ): Promise<UseBlockers> {
    const { temporal, context } = this.#core;
    return readBlockers(temporal, account, userIds, context.idKey);
  }

  /**
   * Whether Temporal and its database answer within `timeoutMs`, for health checks. Never throws.
   */
  async isReachable(timeoutMs = 2_000): Promise<boolean> {
    const { connection, options } = this.#core.temporal;
    return isReachable(connection, options.namespace, timeoutMs);
  }
}
