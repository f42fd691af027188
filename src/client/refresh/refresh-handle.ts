import type { Client } from '@temporalio/client';
import type { ConnectOutcome } from '../../domain/connect/connect.ts';
import type { RefreshView } from '../../domain/refresh/refresh.ts';
import type { AttemptDescription } from '../connect/attempts.ts';
import { ConnectionHandle } from '../connect/connection-handle.ts';
import type { WaitOptions } from '../shared/wait-for-result.ts';

/**
 * The newest run of an account, if it waits or has waited for its user. Creating a handle makes no
 * call.
 */
export class RefreshHandle {
  readonly #run: ConnectionHandle;
  readonly workflowId: string;

  constructor(client: Client, workflowId: string) {
    this.#run = new ConnectionHandle(client, workflowId);
    this.workflowId = workflowId;
  }

  /**
   * Waits until the user has authorized the account again, or has not, and returns the outcome.
   * Safe to repeat, from any process. ERR_OUTCOME_TIMEOUT after `timeoutMs`. ERR_OUTCOME_UNKNOWN if
   * the newest run has not waited for a user.
   *
   * ```ts
   * const refresh = mooring.accounts.getRefresh(connectedAccountId);
   * const { status } = await refresh.result({ timeoutMs: 600_000 });
   * ```
   */
  async result(options: WaitOptions = {}): Promise<ConnectOutcome> {
    return this.#run.result(options);
  }

  /**
   * Reads the state of the run. The answer is exact and needs no worker. ERR_OUTCOME_UNKNOWN if
   * Temporal has no run of this account; ERR_TEMPORAL_UNAVAILABLE.
   */
  async describe(): Promise<AttemptDescription> {
    return this.#run.describe();
  }

  /**
   * Reads what the run has found, and how far its user is. A worker answers; without a worker,
   * ERR_NO_WORKER after about 13 s.
   */
  async view(): Promise<RefreshView> {
    return (await this.#run.view()) as RefreshView;
  }

  /**
   * Cancels the wait for the user. The account keeps its id and its status. Returns false when no
   * run was open. Safe to repeat.
   */
  async cancel(): Promise<boolean> {
    return this.#run.cancel();
  }
}
