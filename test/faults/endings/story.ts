import type { DisconnectHandle, EndReceipt, MooringClient } from '../../../src/index.ts';
import type { TestStage } from '../../support/stage.ts';
import type { Cell } from './cells.ts';
import { ruleOf } from './rules.ts';

/** A round long enough for three calls of a busy machine, the floor of all others, and a provider that is waited for much longer than any fault lasts. */
const timings = {
  heartbeatMs: 2_000,
  roundMs: 5_000,
  pauseMs: 1_000,
  restFirstMs: 1_000,
  restMaxMs: 2_000,
  providerMs: 600_000,
};

/** An account that is being ended, and what befalls it. */
export interface Ending {
  cell: Cell;
  userId: string;
  connectedAccountId: string;
  run: DisconnectHandle;
  /** Sends the same request once more. */
  repeat: () => Promise<DisconnectHandle>;
}

/** Asks for one account of one user to be ended. */
export async function begin(stage: TestStage, mooring: MooringClient, cell: Cell): Promise<Ending> {
  const { id: userId, authConfigId } = stage.user();
  const { status } = cell;
  const { id } = await stage.sandbox.seedAccount({ userId, authConfigId, status });
  await stage.sandbox.fault(ruleOf(cell, userId));
  const account = { userId, connectedAccountId: id };
  const requestId = cell.again && { requestId: 'one' };
  const input = { ...account, timings, note: 'asked by a test', ...requestId };
  const repeat = () => mooring.disconnect(input);
  const run = await repeat();
  return { cell, ...account, run, repeat };
}

/** Some tries, of which the longest take ten seconds, and a worker that was killed. */
const endsWithinMs = 150_000;

export async function receiptOf({ run }: Ending): Promise<EndReceipt> {
  const end = await run.result({ timeoutMs: endsWithinMs });
  if ('proof' in end) return end;
  throw new Error(`the account was kept, ${end.status}`);
}
