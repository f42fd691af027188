import type { Outcome, OutcomeStatus } from '../index.ts';
import { Exit } from './exit.ts';
import { answer, answerJson, listing } from './print.ts';

/** Prints how an attempt ended; a script sees by the exit code whether that is what it wanted. */
export function answerOutcome(outcome: Outcome, wanted: OutcomeStatus, json: boolean): void {
  const { status, reason, connectedAccountId, statusReason } = outcome;
  if (json) answerJson(outcome);
  else {
    answer(
      listing({ outcome: status, reason, account: connectedAccountId, 'in words': statusReason }),
    );
  }
  if (status !== wanted) throw new Exit(1);
}
