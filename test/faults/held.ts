import { expect } from 'vitest';
import { holdBy } from '../support/account-holders.ts';
import { attemptEndings, endedAs } from '../support/attempt-endings.ts';
import type { TestStage } from '../support/stage.ts';
import type { HeldCell } from './cells.ts';

/**
 * Throws unless the outcome says what is pending, and that account is disconnected in the end, with
 * its grant.
 */
export async function judgeHeld(stage: TestStage, { ending, holder }: HeldCell): Promise<void> {
  const one = await attemptEndings[ending](stage, stage.user());
  const { user, connectedAccountId } = one;
  const letGo = await holdBy(stage, holder, one);
  // The fault makes an immediate delete fail, so the attempt must hand that account over too.
  const fault = { kind: 'html502' } as const;
  await stage.sandbox.fault({ route: 'DELETE /connected_accounts/:id', userId: user.id, fault });
  const outcome = await one.end();
  const isDone = await isDisconnected(stage, connectedAccountId, user.id);
  expect(outcome, 'the outcome').toMatchObject(endedAs[ending]);
  const isPending =
    outcome.status === 'ACTIVE'
      ? outcome.replaced?.result === 'pending'
      : outcome.disconnect === 'pending';
  expect(isDone || isPending, 'the outcome says what is pending').toBe(true);
  await letGo();
  await requireDisconnected(stage, connectedAccountId, user.id);
}

/**
 * Waits until an account is disconnected, and throws if its grant lives and no other account shares
 * it.
 */
export async function requireDisconnected(
  stage: TestStage,
  connectedAccountId: string,
  userId: string,
): Promise<void> {
  await expect
    .poll(() => isDisconnected(stage, connectedAccountId, userId), {
      message: 'disconnected',
      timeout: 90_000,
      interval: 250,
    })
    .toBe(true);
  const rows = await stage.sandbox.accounts({ userId });
  const others = rows.filter(({ id }) => id !== connectedAccountId);
  // Another account of the same person shares the grant.
  if (others.some(({ status, deleted }) => status === 'ACTIVE' && !deleted)) return;
  const tokens = await stage.sandbox.introspect(connectedAccountId);
  expect(Object.values(tokens), 'grant').not.toContain(true);
}

async function isDisconnected(stage: TestStage, connectedAccountId: string, userId: string) {
  const rows = await stage.sandbox.accounts({ userId });
  return rows.find(({ id }) => id === connectedAccountId)?.deleted === true;
}
