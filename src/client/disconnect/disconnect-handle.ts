import type { Client } from '@temporalio/client';
import type {
  DisconnectResult,
  DisconnectReceipt,
  DisconnectView,
  KeptAccount,
} from '../../domain/disconnect/disconnect.ts';
import { MooringError } from '../../domain/errors.ts';
import type { DisconnectRun } from './disconnect.ts';
import { callTemporal, refusalError } from '../../temporal/errors.ts';
import { queryRun, tryWithin, valueOf } from '../../temporal/deadline.ts';
import { disconnectViewQuery } from '../../protocol/messages.ts';

/** One disconnect of one account. Making a handle calls nothing. */
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
   * Returns how far the disconnect is. ERR_NO_WORKER after 12 s. ERR_OUTCOME_UNKNOWN when Temporal
   * has no such run.
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
  async result({ timeoutMs }: { timeoutMs?: number } = {}): Promise<
    DisconnectReceipt | KeptAccount
  > {
    if (this.#receipt !== undefined) return this.#receipt;
    const answer = await callTemporal(() => this.#waitForResult(timeoutMs));
    if ('receipt' in answer) return answer.receipt;
    if ('kept' in answer) return answer.kept;
    throw refusalError(answer.refused);
  }

  async #waitForResult(timeoutMs: number | undefined): Promise<DisconnectResult> {
    const run = this.#client.workflow.getHandle(this.workflowId, this.runId);
    const readResult = async () => (await run.result()) as DisconnectResult;
    if (timeoutMs === undefined) return readResult();
    const timed = await tryWithin(this.#client, timeoutMs, this.workflowId, readResult);
    if ('late' in timed && timed.late.slow === 'api') {
      const message = `${this.workflowId}: the account is not disconnected yet; call result() again`;
      throw new MooringError('ERR_OUTCOME_TIMEOUT', message);
    }
    return valueOf(timed, this.workflowId);
  }
}

function settledView(receipt: DisconnectReceipt): DisconnectView {
  const { reason, statusAfter: status } = receipt;
  return { phase: 'settled', reason, status, undoUntil: null, again: null, receipt };
}
