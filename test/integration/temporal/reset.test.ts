import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

/**
 * Resets to the first workflow task, as `temporal workflow reset` does. The new run knows nothing
 * that the attempt did.
 */
async function reset({ workflowId }: TestUser): Promise<void> {
  const { workflow, workflowService, options } = stage.temporal;
  const handle = workflow.getHandle(workflowId);
  const [{ runId }, { events }] = await Promise.all([handle.describe(), handle.fetchHistory()]);
  const completed = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  await workflowService.resetWorkflowExecution({
    namespace: options.namespace,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: completed?.eventId ?? null,
    requestId: randomUUID(),
    reason: 'a test',
  });
}

it('a run that is reset after its user has finished recognizes the account as its own', async () => {
  const user = stage.user();
  const { connectedAccountId, redirectUrl } = await user.connect();
  // The browser never comes back, so the attempt does not know yet.
  await user.person.approve(redirectUrl);
  for (const _ of ['once', 'twice']) {
    await reset(user);
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome).toMatchObject({ status: 'ACTIVE', connectedAccountId });
    expect(await user.left()).toEqual([[connectedAccountId, 'ACTIVE']]);
  }
});

it('a run that is reset before its user has finished deletes the account that nobody can finish', async () => {
  const user = stage.user();
  const first = await user.connect();
  for (const _ of ['once', 'twice']) {
    await reset(user);
    const again = await user.connect();
    expect(again.connectedAccountId).not.toBe(first.connectedAccountId);
    expect((await user.left()).map(([id]) => id)).toEqual([again.connectedAccountId]);
  }
  const { redirectUrl, connectedAccountId } = await user.connect();
  await user.comeBack(await user.person.approve(redirectUrl));
  const outcome = await stage.mooring.connections.get(user.connectionId).result();
  expect(outcome).toMatchObject({ status: 'ACTIVE', connectedAccountId });
  expect(await user.left()).toEqual([[connectedAccountId, 'ACTIVE']]);
});
