import type { ConnectOutcome, ConnectStatus } from '../index.ts';
import { Exit } from './exit.ts';
import { printAnswer, printJson, fieldLines } from './print.ts';

/** Prints the outcome of an attempt. Exits 1 unless it has the wanted status, for scripts. */
export function printOutcome(outcome: ConnectOutcome, wanted: ConnectStatus, json: boolean): void {
  const { status, reason, connectedAccountId, statusReason } = outcome;
  if (json) printJson(outcome);
  else {
    printAnswer(
      fieldLines({
        outcome: status,
        reason,
        account: connectedAccountId,
        details: statusReason,
      }),
    );
  }
  if (status !== wanted) throw new Exit(1);
}
