import { createHash } from 'node:crypto';
import { WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import { ConnectionHandle } from '../../src/connection-handle.ts';

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
  it('tells the attempt who is signed in, and of the code only its hash', async () => {
    const { connection, executeUpdate } = handle();
    expect(await connection.confirm({ code, userId: 'ada' })).toEqual(outcome);
    const codeHash = createHash('sha256').update(code).digest('base64url');
    const [[update, options] = []] = executeUpdate.mock.calls;
    expect(update).toMatchObject({ name: 'confirm' });
    // The update's id makes a repeat get the first answer.
    expect(options).toEqual({ updateId: codeHash, args: [{ codeHash, userId: 'ada' }] });
    expect(JSON.stringify(executeUpdate.mock.calls)).not.toContain(code);
  });

  it('can be repeated when there was no answer in time', async () => {
    const { connection, executeUpdate } = handle();
    executeUpdate.mockRejectedValueOnce(new WorkflowUpdateRPCTimeoutOrCancelledError('late'));
    const late = connection.confirm({ code, userId: 'ada' }, { timeoutMs: 1_000 });
    await expect(late).rejects.toMatchObject({ code: 'ERR_OUTCOME_TIMEOUT' });
    expect(await connection.confirm({ code, userId: 'ada' })).toEqual(outcome);
    const [[, first] = [], [, second] = []] = executeUpdate.mock.calls;
    expect(second).toEqual(first);
  });
});
