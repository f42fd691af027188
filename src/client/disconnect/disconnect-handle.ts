import type { Client } from '@temporalio/client';
import type {
  EndAnswer,
  EndReceipt,
  EndView,
  KeptAccount,
} from '../../domain/disconnect/disconnect.ts';
import { MooringError } from '../../domain/errors.ts';
import type { DisconnectRun } from './disconnect.ts';
import { reached, refusalError } from '../../temporal/errors.ts';
import { queried, within } from '../../temporal/deadline.ts';
import { endViewQuery } from '../../protocol/messages.ts';

/** One end of one account. Costs nothing by itself. */
export class DisconnectHandle {
  readonly #client: Client;
  readonly workflowId: string;
  readonly runId: string;
  readonly #receipt: EndReceipt | undefined;

  constructor(client: Client, { workflowId, runId, receipt }: DisconnectRun) {
    this.#client = client;
    this.workflowId = workflowId;
    this.runId = runId;
    this.#receipt = receipt;
  }

  /** How far it is. ERR_NO_WORKER after 12 s; ERR_OUTCOME_UNKNOWN when Temporal has no such run. */
  async view(): Promise<EndView> {
    if (this.#receipt !== undefined) return settledView(this.#receipt);
    return queried(this.#client, this, endViewQuery);
  }

  /**
   * Waits for how it ends: the receipt, or the account that was kept. Mostly a second; an undo window, or a
   * provider that does not answer for a day, make it longer. With `timeoutMs`: ERR_OUTCOME_TIMEOUT after it, ask
   * again. ERR_ACCOUNT_NOT_FOUND when this user has no such account; ERR_OUTCOME_UNKNOWN when somebody has ended
   * the run from outside.
   */
  async result({ timeoutMs }: { timeoutMs?: number } = {}): Promise<EndReceipt | KeptAccount> {
    if (this.#receipt !== undefined) return this.#receipt;
    const answer = await reached(() => this.#answer(timeoutMs));
    if ('receipt' in answer) return answer.receipt;
    if ('kept' in answer) return answer.kept;
    throw refusalError(answer.refused);
  }

  async #answer(timeoutMs: number | undefined): Promise<EndAnswer> {
    const run = this.#client.workflow.getHandle(this.workflowId, this.runId);
    const result = async () => (await run.result()) as EndAnswer;
    if (timeoutMs === undefined) return result();
    try {
      return await within(this.#client, timeoutMs, this.workflowId, result);
    } catch (error) {
      if (!(error instanceof MooringError) || error.code !== 'ERR_API_UNAVAILABLE') throw error;
      throw new MooringError('ERR_OUTCOME_TIMEOUT', 'the account is not ended yet');
    }
  }
}

function settledView(receipt: EndReceipt): EndView {
  const { reason, statusAfter: status } = receipt;
  return { phase: 'settled', reason, status, undoUntil: null, again: null, receipt };
}
