import { type Client, WorkflowFailedError } from '@temporalio/client';
import type { SweepReport, SweepView } from '../../domain/sweep/sweep.ts';
import { MooringError } from '../../domain/errors.ts';
import { asMooringError, reached } from '../../temporal/errors.ts';
import { queried } from '../../temporal/deadline.ts';
import { cancelSignal, sweepViewQuery } from '../../protocol/messages.ts';

/** One sweep. Costs nothing by itself. */
export class SweepHandle {
  readonly #client: Client;
  readonly workflowId: string;

  constructor(client: Client, workflowId: string) {
    this.#client = client;
    this.workflowId = workflowId;
  }

  /** How far it is, or how it ended. ERR_NO_WORKER after 12 s; ERR_OUTCOME_UNKNOWN when Temporal has no such run. */
  async view(): Promise<SweepView> {
    return queried(this.#client, this, sweepViewQuery);
  }

  /** Ends it at the next batch, with the totals so far. Safe to repeat; ERR_OUTCOME_UNKNOWN when it has ended. */
  async cancel(): Promise<void> {
    await reached(() => this.#run.signal(cancelSignal));
  }

  /**
   * Waits for how it ends, however long that takes. ERR_OUTCOME_UNKNOWN when the worker has refused its input, or
   * somebody has ended it from outside.
   */
  async result(): Promise<SweepReport> {
    try {
      return (await this.#run.result()) as SweepReport;
    } catch (error) {
      if (error instanceof WorkflowFailedError && error.cause instanceof Error) {
        const message = `the sweep was refused or ended from outside: ${error.cause.message}`;
        throw new MooringError('ERR_OUTCOME_UNKNOWN', message, { cause: error });
      }
      throw asMooringError(error);
    }
  }

  get #run() {
    return this.#client.workflow.getHandle(this.workflowId);
  }
}
