import { expect } from 'vitest';
import { type MooringClient, MooringError } from '../../../src/index.ts';
import { type HeldAccount, holdBy, offboard } from '../../support/account-holders.ts';
import type { TestStage } from '../../support/stage.ts';
import { untilSettled } from '../../support/until-settled.ts';
import { requireDisconnected } from '../held.ts';
import type { CommandCell, HeldCell } from './cells.ts';
import { ruleOfCommand } from './rules.ts';
import { type Ending, receiptOf } from './story.ts';

/**
 * Throws unless the same request has the same run and the same receipt, whenever it is sent, and
 * makes no more API calls.
 */
export async function judgeRepeats(stage: TestStage, ending: Ending): Promise<void> {
  const { run, userId, repeat } = ending;
  expect((await repeat()).runId, 'the run of the same request').toBe(run.runId);
  const receipt = await receiptOf(run);
  const calls = await stage.sandbox.callLog({ userId });
  const later = await repeat();
  expect(later.runId, 'the run of the same request after its receipt').toBe(run.runId);
  expect(await receiptOf(later)).toEqual(receipt);
  expect(await stage.sandbox.callLog({ userId }), 'calls').toEqual(calls);
}

/** Throws unless a repeated command has the same answer, and the account is disabled once. */
export async function judgeCommand(
  stage: TestStage,
  mooring: MooringClient,
  cell: CommandCell,
): Promise<void> {
  const account = await seeded(stage);
  const { user, ...named } = account;
  const request = { ...named, userId: user.id, requestId: 'one' };
  await stage.sandbox.fault(ruleOfCommand(cell, user.id));
  const ask = () => untilSettled(() => mooring.accounts.disable(request));
  const answer = await ask();
  expect(answer, 'the answer').toMatchObject(expectedOf(cell));
  const isDisabled = !(answer instanceof MooringError);
  const calls = await stage.sandbox.callLog({ userId: user.id });
  const later = await ask();
  expect(later, 'the answer to the same request').toMatchObject(expectedOf(cell));
  // A refused command runs again and returns the status as it is then.
  if (isDisabled) {
    expect(later, 'the answer to the same request').toEqual(answer);
    expect(await stage.sandbox.callLog({ userId: user.id }), 'calls').toEqual(calls);
  }
  const writes = await stage.sandbox.writes({ userId: user.id });
  const byUs = writes.filter(({ by, op }) => by === 'api' && op === 'status');
  expect(
    byUs.map(({ statusAfter }) => statusAfter),
    'writes',
  ).toEqual(isDisabled ? ['INACTIVE'] : []);
}

function expectedOf({ answer: { does } }: CommandCell) {
  if (typeof does === 'string') return { status: 'INACTIVE' };
  return { code: does.becomes === 'deleted' ? 'ERR_ACCOUNT_NOT_FOUND' : 'ERR_ACCOUNT_UNUSABLE' };
}

/** Throws unless an account is disconnected in the end, whichever run works on it meanwhile. */
export async function judgeHeld(stage: TestStage, { by, holder }: HeldCell): Promise<void> {
  const account = await seeded(stage);
  const { connectedAccountId } = account;
  const userId = account.user.id;
  const letGo = await holdBy(stage, holder, account);
  const ended = disconnectBy[by](stage, account);
  // Some disconnects wait for the other run, which waits for nothing itself.
  await Promise.all([letGo(), ended]);
  await requireDisconnected(stage, connectedAccountId, userId);
}

/** Both return what is known of the account in the end. */
const disconnectBy = {
  async 'a disconnect'(stage: TestStage, { user, connectedAccountId }: HeldAccount) {
    const request = { userId: user.id, connectedAccountId, requestId: 'one' };
    const receipt = await untilSettled(async () =>
      receiptOf(await stage.mooring.accounts.disconnect(request)),
    );
    const expected = { userId: user.id, connectedAccountId, statusAfter: null };
    expect(receipt, 'the receipt').toMatchObject(expected);
  },
  async 'an offboarding'(stage: TestStage, { user }: HeldAccount) {
    const receipt = await offboard(stage, user.id);
    expect(receipt, 'the receipt').toMatchObject({ userId: user.id, kept: [] });
    expect(await user.left(), 'left at the API').toEqual([]);
  },
};

async function seeded(stage: TestStage): Promise<HeldAccount> {
  const user = stage.user();
  const { id: userId, authConfigId } = user;
  const row = { userId, authConfigId, status: 'ACTIVE', person: 'ada' } as const;
  return { user, connectedAccountId: (await stage.sandbox.seedAccount(row)).id };
}
