import type { Client } from '@temporalio/client';
import type {
  DisconnectOutcome,
  DisconnectReceipt,
  DisconnectResult,
  DisconnectView,
} from '../../domain/disconnect/disconnect.ts';
import type { DisconnectRun } from './disconnect.ts';
import { refusalError } from '../../temporal/errors.ts';
import { queryRun } from '../../temporal/deadline.ts';
import { disconnectViewQuery } from '../../protocol/messages.ts';
import { describeRun, type RunDescription } from '../shared/describe-run.ts';
import { type WaitOptions, waitForResult } from '../shared/wait-for-result.ts';

/**
 * One disconnect of one account. Creating a handle makes no call.
 *
 * ```ts
 * const handle = await mooring.accounts.disconnect({ userId, connectedAccountId });
 * const { phase, undoUntil } = await handle.view();
 * const { outcome } = await handle.result({ timeoutMs: 60_000 });
 * ```
 */
export class DisconnectHandle {
  readonly #client: Client;
  readonly workflowId: string;
  readonly runId: string;
  readonly #receipt: DisconnectReceipt | undefined;

  constructor(client: Client, { workflowId, runId, receipt }: DisconnectRun) {
    this.#client = client;
    this.workflowId = workflowId;
    this.runId = runId;
    this.#receipt = receipt;
  }

  /**
   * Reads whether the disconnect is open, and since when. The answer is exact and needs no worker.
   * If an offboarding disconnected the account, it describes the run of the offboarding.
   * ERR_OUTCOME_UNKNOWN when Temporal has no such run; ERR_TEMPORAL_UNAVAILABLE.
   */
  async describe(): Promise<RunDescription> {
    return describeRun(this.#client, this);
  }

  /**
   * Reads how far the disconnect is. A worker answers. ERR_NO_WORKER after 12 s.
   * ERR_OUTCOME_UNKNOWN when Temporal has no such run.
   */
  async view(): Promise<DisconnectView> {
    if (this.#receipt !== undefined) return settledView(this.#receipt);
    return queryRun(this.#client, this, disconnectViewQuery);
  }

  /**
   * Waits for the result: the receipt, or the account that was kept. It usually takes a second. An
   * undo window, or a provider that does not answer for a day, takes longer. With `timeoutMs`, it
   * throws ERR_OUTCOME_TIMEOUT when the time is over: call again. ERR_ACCOUNT_NOT_FOUND when this
   * user has no such account. ERR_OUTCOME_UNKNOWN when somebody terminated the run. Safe to repeat.
   */
  async result(options: WaitOptions = {}): Promise<DisconnectOutcome> {
    if (this.#receipt !== undefined) return { outcome: 'disconnected', receipt: this.#receipt };
    const run = this.#client.workflow.getHandle(this.workflowId, this.runId);
    const readResult = async () => (await run.result()) as DisconnectResult;
    const answer = await waitForResult(this.#client, this.workflowId, readResult, options);
    if ('receipt' in answer) return { outcome: 'disconnected', receipt: answer.receipt };
    if ('kept' in answer) return { outcome: 'kept', account: answer.kept };
    throw refusalError(answer.refused);
  }
}

function settledView(receipt: DisconnectReceipt): DisconnectView {
  const { reason, statusAfter: status } = receipt;
  return { phase: 'settled', reason, status, undoUntil: null, again: null, receipt };
}
