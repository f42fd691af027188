import { type Client, WorkflowFailedError } from '@temporalio/client';
import type { SweepReport, SweepView } from '../../domain/sweep/sweep.ts';
import { MooringError } from '../../domain/errors.ts';
import { callTemporal } from '../../temporal/errors.ts';
import { isDelivered } from '../../temporal/open-runs.ts';
import { queryRun } from '../../temporal/deadline.ts';
import { cancelSignal, sweepViewQuery } from '../../protocol/messages.ts';
import { describeRun, type RunDescription } from '../shared/describe-run.ts';
import { type WaitOptions, waitForResult } from '../shared/wait-for-result.ts';

/**
 * One sweep. Creating a handle makes no call.
 *
 * ```ts
 * const sweep = await mooring.sweeps.start({ name: 'nightly' });
 * const { phase, found } = await sweep.view();
 * await sweep.cancel();
 * ```
 */
export class SweepHandle {
  readonly #client: Client;
  readonly workflowId: string;

  constructor(client: Client, workflowId: string) {
    this.#client = client;
    this.workflowId = workflowId;
  }

  /**
   * Waits until the sweep ends, and returns its report. Safe to repeat. ERR_OUTCOME_TIMEOUT after
   * `timeoutMs`. ERR_OUTCOME_UNKNOWN when the worker refused its input, or the run was terminated
   * or cancelled at Temporal.
   */
  async result(options: WaitOptions = {}): Promise<SweepReport> {
    const readReport = async () => {
      try {
        return (await this.#run.result()) as SweepReport;
      } catch (error) {
        if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof Error)) throw error;
        const why = error.cause.message;
        const message = `${this.workflowId} was refused, or stopped from outside: ${why}`;
        throw new MooringError('ERR_OUTCOME_UNKNOWN', message, { cause: error });
      }
    };
    return waitForResult(this.#client, this.workflowId, readReport, options);
  }

  /**
   * Reads whether the sweep is open, and since when. The answer is exact and needs no worker.
   * ERR_OUTCOME_UNKNOWN when Temporal has no such run; ERR_TEMPORAL_UNAVAILABLE.
   */
  async describe(): Promise<RunDescription> {
    return describeRun(this.#client, this);
  }

  /**
   * Reads the progress of the sweep, or how it ended. A worker answers. Safe to repeat.
   * ERR_NO_WORKER after 12 s; ERR_OUTCOME_UNKNOWN when Temporal has no such run.
   */
  async view(): Promise<SweepView> {
    return queryRun(this.#client, this, sweepViewQuery);
  }

  /**
   * Cancels the sweep. It stops at the next batch and reports the totals so far. Returns false when
   * it was not open. Safe to repeat.
   */
  async cancel(): Promise<boolean> {
    return callTemporal(() => isDelivered(this.#run.signal(cancelSignal)));
  }

  get #run() {
    return this.#client.workflow.getHandle(this.workflowId);
  }
}
