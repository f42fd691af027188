import type { ActivateInput, Next, WorkflowInternalsInterceptor } from '@temporalio/workflow';

/**
 * Lets a run go on only in a workflow task. If a worker that does not have a run in memory is asked a question about
 * it, the SDK first gives the run all new events, also those whose task has not started. `Date.now()` is then still
 * the time of the task before, so whatever the run decides by time is decided otherwise in a replay: TMPRL1100, for
 * ever. Here the question fails instead. The worker drops the run from memory, and the task brings the right time.
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
      throw new Error('a question came just before the next task of this run: ask again');
    }
    next(input);
  }
}

export const interceptors = () => ({ internals: [new NoOldTime()] });
