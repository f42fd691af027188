import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { MooringError } from '../../domain/errors.ts';
import type { ConnectOutcome } from '../../domain/connect/connect.ts';
import type { RefreshView } from '../../domain/refresh/refresh.ts';
import { type AttemptDescription, describeAttempt } from '../connect/attempts.ts';
import { ConnectionHandle } from '../connect/connection-handle.ts';
import { viewQuery } from '../../protocol/messages.ts';
import { queryRun } from '../../temporal/deadline.ts';
import { callTemporal } from '../../temporal/errors.ts';
import { readNewestRun } from '../../temporal/open-runs.ts';
import { callUntilAborted, type WaitOptions } from '../shared/wait-for-result.ts';

/**
 * The newest run of an account, if it waits or has waited for its user. Creating a handle makes no
 * call.
 */
export class RefreshHandle {
  readonly #client: Client;
  readonly workflowId: string;

  constructor(client: Client, workflowId: string) {
    this.#client = client;
    this.workflowId = workflowId;
  }

  /**
   * Waits until the user has authorized the account again, or has not, and returns the outcome.
   * Safe to repeat, from any process. ERR_OUTCOME_TIMEOUT after `timeoutMs`. ERR_OUTCOME_UNKNOWN if
   * the newest run of the account is no refresh, or has not waited for a user.
   *
   * ```ts
   * const refresh = mooring.accounts.getRefresh(connectedAccountId);
   * const { status } = await refresh.result({ timeoutMs: 600_000 });
   * ```
   */
  async result(options: WaitOptions = {}): Promise<ConnectOutcome> {
    const run = await callUntilAborted(this.#client, options.signal, () => this.#requireRefresh());
    return this.#attemptOf(run).result(options);
  }

  /**
   * Reads the state of the run. The answer is exact and needs no worker. ERR_OUTCOME_UNKNOWN if
   * Temporal has no run of this account, or the newest is no refresh; ERR_TEMPORAL_UNAVAILABLE.
   */
  async describe(): Promise<AttemptDescription> {
    const run = await this.#requireRefresh();
    return callTemporal(() => describeAttempt(this.#client, run));
  }

  /**
   * Reads what the run has found, and how far its user is. A worker answers; without a worker,
   * ERR_NO_WORKER after about 13 s. ERR_OUTCOME_UNKNOWN if the newest run of this account is no
   * refresh. Safe to repeat.
   */
  async view(): Promise<RefreshView> {
    const { workflowId, runId } = await this.#requireRefresh();
    return (await queryRun(this.#client, { workflowId, runId }, viewQuery)) as RefreshView;
  }

  /**
   * Cancels the wait for the user. The account keeps its id and its status. Returns false when no
   * refresh was open. Safe to repeat.
   */
  async cancel(): Promise<boolean> {
    const run = await this.#newestRefresh();
    return run !== null && this.#attemptOf(run).cancel();
  }

  #attemptOf({ runId }: WorkflowExecutionDescription): ConnectionHandle {
    return new ConnectionHandle(this.#client, this.workflowId, runId);
  }

  async #requireRefresh(): Promise<WorkflowExecutionDescription> {
    const run = await this.#newestRefresh();
    if (run !== null) return run;
    const message = `Temporal has no run of ${this.workflowId}, or the newest is no refresh`;
    throw new MooringError('ERR_OUTCOME_UNKNOWN', message);
  }

  /** Other runs of an account react differently to the same signals: `cancel` undoes a disconnect. */
  async #newestRefresh(): Promise<WorkflowExecutionDescription | null> {
    const run = await callTemporal(() => readNewestRun(this.#client, this.workflowId));
    return run?.type === 'refreshConnection' ? run : null;
  }
}
