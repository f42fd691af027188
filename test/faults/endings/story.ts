import type { DisconnectHandle, DisconnectReceipt, MooringClient } from '../../../src/index.ts';
import type { TestStage } from '../../support/stage.ts';
import type { Cell } from './cells.ts';
import { ruleOf } from './rules.ts';

/**
 * A round is long enough for three calls of a busy machine, all other timings are at their minimum,
 * and the wait for the provider is much longer than any fault.
 */
const timings = {
  heartbeatMs: 2_000,
  roundMs: 5_000,
  pauseMs: 1_000,
  restFirstMs: 1_000,
  restMaxMs: 2_000,
  providerMs: 600_000,
};

/** A disconnect of one account, with its faults. */
export interface Ending {
  cell: Cell;
  userId: string;
  connectedAccountId: string;
  run: DisconnectHandle;
  /** Sends the same request again. */
  repeat: () => Promise<DisconnectHandle>;
}

/** Disconnects an account of a new user, with the faults of the cell. */
export async function begin(stage: TestStage, mooring: MooringClient, cell: Cell): Promise<Ending> {
  const { id: userId, authConfigId } = stage.user();
  const { status } = cell;
  const { id } = await stage.sandbox.seedAccount({ userId, authConfigId, status });
  await stage.sandbox.fault(ruleOf(cell, userId));
  const account = { userId, connectedAccountId: id };
  const requestId = cell.again && { requestId: 'one' };
  const input = { ...account, timings, note: 'asked by a test', ...requestId };
  const repeat = () => mooring.accounts.disconnect(input);
  const run = await repeat();
  return { cell, ...account, run, repeat };
}

/** Some tries, the longest of which take ten seconds, and a killed worker. */
const endsWithinMs = 150_000;

export async function receiptOf(run: DisconnectHandle): Promise<DisconnectReceipt> {
  const end = await run.result({ timeoutMs: endsWithinMs });
  if (end.outcome === 'disconnected') return end.receipt;
  throw new Error(`the account was kept as ${end.account.status}`);
}
