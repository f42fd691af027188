import type { ActivateInput, Next, WorkflowInternalsInterceptor } from '@temporalio/workflow';

/**
 * Lets a run advance only in a workflow task. If a worker gets a query for a run that it does not have in memory, the
 * SDK first gives the run all new events, also those whose task has not started. `Date.now()` is then still the time of
 * the previous task, so a decision by time differs in a replay: TMPRL1100, for ever. Here the query fails instead. The
 * worker drops the run from memory, and the next task brings the right time.
 */
class NoOldTime implements WorkflowInternalsInterceptor {
  #length = 0;
  #bytes = 0;

  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    const length = Number(input.activation.historyLength);
    const bytes = Number(input.activation.historySizeBytes);
    // The size comes with the start of a task, so it stays the same if events have come without one.
    const isWithoutTask = length > this.#length && bytes === this.#bytes && bytes > 0;
    this.#length = length;
    this.#bytes = bytes;
    if (isWithoutTask && !input.activation.isReplaying) {
      throw new Error('a query came just before the next task of this run: repeat it');
    }
    next(input);
  }
}

export const interceptors = () => ({ internals: [new NoOldTime()] });
