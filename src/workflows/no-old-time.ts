import type { ActivateInput, Next, WorkflowInternalsInterceptor } from '@temporalio/workflow';

/**
 * Lets a run advance only in a workflow task. A worker may get a query for a run that it does not
 * have in memory. The SDK then first gives the run all new events, also those whose task has not
 * started. `Date.now()` is then still the time of the previous task. A decision by time would
 * differ in a replay, with TMPRL1100 in every later task. Here the query fails instead. The worker
 * drops the run from memory, and the next task brings the right time.
 */
class NoOldTime implements WorkflowInternalsInterceptor {
  #length = 0;
  #bytes = 0;

  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    const length = Number(input.activation.historyLength);
    const bytes = Number(input.activation.historySizeBytes);
    // Each task brings the size. If events have come without a task, the size is still the same.
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
