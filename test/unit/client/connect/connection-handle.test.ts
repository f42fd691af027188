import { createHash } from 'node:crypto';
import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import { ConnectionHandle } from '../../../../src/client/connect/connection-handle.ts';

const code = 'a-code-of-the-gateway';
const outcome = { status: 'ACTIVE', reason: null, connectedAccountId: 'ca_1', statusReason: null };

function handle() {
  const executeUpdate = vi.fn<(update: unknown, options: unknown) => Promise<unknown>>();
  executeUpdate.mockResolvedValue(outcome);
  const client = {
    connection: { withDeadline: (_at: number, call: () => unknown) => call() },
    workflow: { getHandle: () => ({ executeUpdate }) },
  };
  return {
    executeUpdate,
    connection: new ConnectionHandle(client as never, 'connect/ada/ac_1'),
  };
}

describe('confirm', () => {
  it('sends the attempt the signed-in user and the hash of the code, never the code', async () => {
    const { connection, executeUpdate } = handle();
    expect(await connection.confirm({ code, userId: 'ada' })).toEqual(outcome);
    const codeHash = createHash('sha256').update(code).digest('base64url');
    const [[update, options] = []] = executeUpdate.mock.calls;
    expect(update).toMatchObject({ name: 'confirm' });
    expect(options).toMatchObject({ args: [{ codeHash, userId: 'ada' }] });
    expect(JSON.stringify(executeUpdate.mock.calls)).not.toContain(code);
  });

  it('is one request for one user, and another request for another user', async () => {
    const { connection, executeUpdate } = handle();
    for (const userId of ['ada', 'ada', 'eve']) await connection.confirm({ code, userId });
    const ids = executeUpdate.mock.calls.map(
      ([, options]) => (options as { updateId: string }).updateId,
    );
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('can be repeated if no answer came in time', async () => {
    const { connection, executeUpdate } = handle();
    executeUpdate.mockRejectedValueOnce(new WorkflowUpdateRPCTimeoutOrCancelledError('late'));
    const late = connection.confirm({ code, userId: 'ada' }, { timeoutMs: 1_000 });
    await expect(late).rejects.toMatchObject({ code: 'ERR_OUTCOME_TIMEOUT' });
    expect(await connection.confirm({ code, userId: 'ada' })).toEqual(outcome);
    const [[, first] = [], [, second] = []] = executeUpdate.mock.calls;
    expect(second).toEqual(first);
  });
});
