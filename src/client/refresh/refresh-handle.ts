import type { Client } from '@temporalio/client';
import { MooringError } from '../../domain/errors.ts';
import type { ConnectOutcome } from '../../domain/connect/connect.ts';
import type { RefreshView } from '../../domain/refresh/refresh.ts';
import type { AttemptDescription } from '../connect/attempts.ts';
import { ConnectionHandle } from '../connect/connection-handle.ts';
import { callTemporal } from '../../temporal/errors.ts';
import { readNewestRun } from '../../temporal/open-runs.ts';
import type { WaitOptions } from '../shared/wait-for-result.ts';

/**
 * The newest run of an account, if it waits or has waited for its user. Creating a handle makes no
 * call.
 */
export class RefreshHandle {
  readonly #client: Client;
  readonly #run: ConnectionHandle;
  readonly workflowId: string;

  constructor(client: Client, workflowId: string) {
    this.#client = client;
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
   * ERR_NO_WORKER after about 13 s. ERR_OUTCOME_UNKNOWN if the newest run of this account is no
   * refresh. Safe to repeat.
   */
  async view(): Promise<RefreshView> {
    const refresh = await this.#newestRefresh();
    if (refresh !== null) return (await refresh.view()) as RefreshView;
    const message = `the newest run of ${this.workflowId} is no refresh`;
    throw new MooringError('ERR_OUTCOME_UNKNOWN', message);
  }

  /**
   * Cancels the wait for the user. The account keeps its id and its status. Returns false when no
   * refresh was open. Safe to repeat.
   */
  async cancel(): Promise<boolean> {
    return (await this.#newestRefresh())?.cancel() ?? false;
  }

  /** The other runs of an account take the same messages otherwise: a disconnect would be undone. */
  async #newestRefresh(): Promise<ConnectionHandle | null> {
    const run = await callTemporal(() => readNewestRun(this.#client, this.workflowId));
    if (run?.type !== 'refreshConnection') return null;
    return new ConnectionHandle(this.#client, this.workflowId, run.runId);
  }
}
