import { type Client, WorkflowFailedError } from '@temporalio/client';
import type { SweepReport, SweepView } from '../../domain/sweep/sweep.ts';
import { MooringError } from '../../domain/errors.ts';
import { asMooringError, callTemporal } from '../../temporal/errors.ts';
import { queryRun } from '../../temporal/deadline.ts';
import { cancelSignal, sweepViewQuery } from '../../protocol/messages.ts';

/** One sweep. Creating a handle makes no call. */
export class SweepHandle {
  readonly #client: Client;
  readonly workflowId: string;

  constructor(client: Client, workflowId: string) {
    this.#client = client;
    this.workflowId = workflowId;
  }

  /**
   * Reads the progress of the sweep, or how it ended. Safe to repeat. ERR_NO_WORKER after 12 s;
   * ERR_OUTCOME_UNKNOWN when Temporal has no such run.
   */
  async view(): Promise<SweepView> {
    return queryRun(this.#client, this, sweepViewQuery);
  }

  /**
   * Cancels the sweep. It stops at the next batch and reports the totals so far. Safe to repeat.
   * ERR_OUTCOME_UNKNOWN when it has already ended.
   */
  async cancel(): Promise<void> {
    await callTemporal(() => this.#run.signal(cancelSignal));
  }

  /**
   * Waits until the sweep ends, without a timeout, and returns its report. Safe to repeat.
   * ERR_OUTCOME_UNKNOWN when the worker refused its input, or the run was terminated or cancelled
   * at Temporal.
   */
  async result(): Promise<SweepReport> {
    try {
      return (await this.#run.result()) as SweepReport;
    } catch (error) {
      if (error instanceof WorkflowFailedError && error.cause instanceof Error) {
        const why = error.cause.message;
        const message = `${this.workflowId} was refused, or stopped from outside: ${why}`;
        throw new MooringError('ERR_OUTCOME_UNKNOWN', message, { cause: error });
      }
      throw asMooringError(error);
    }
  }

  get #run() {
    return this.#client.workflow.getHandle(this.workflowId);
  }
}
