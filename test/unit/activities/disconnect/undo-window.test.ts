import { describe, expect, it, vi } from 'vitest';
import type { AccountStatus } from '../../../../src/domain/account.ts';
import { HangingApi } from '../batch/support.ts';
import { input, row, stageFor } from '../support.ts';

const account = { userId: input.userId, connectedAccountId: 'ca_1' };

/** The account of an undo window. Each call of an activity runs as in its own process. */
function windowOn(status: AccountStatus) {
  const api = new HangingApi();
  api.rows = [row({ status })];
  const call = (name: 'disableForUndo' | 'undoDisable', attempt = 1) => {
    const { environment, activities } = stageFor(api, { attempt });
    return environment.run(activities[name], account);
  };
  return { api, call, writes: () => api.asked.filter((one) => !one.startsWith('get')) };
}

describe.each([
  ['disableForUndo', 'ACTIVE', 'INACTIVE', 'disable ca_1', undefined],
  ['undoDisable', 'INACTIVE', 'ACTIVE', 'enable ca_1', { ...account, status: 'ACTIVE' }],
] as const)('%s', (name, before, after, write, answer) => {
  it('writes once, and not again if its process died after the write', async () => {
    const { api, call, writes } = windowOn(before);
    api.hanging = ['ca_1'];
    void call(name);
    await vi.waitFor(() => expect(writes()).toEqual([write]));
    expect(await call(name, 2)).toEqual(answer);
    expect(writes()).toEqual([write]);
    expect(api.rows).toMatchObject([{ status: after }]);
  });

  it('is retried while the API confirms the change but does not show it', async () => {
    const { api, call } = windowOn(before);
    const stale = vi.spyOn(api, 'getAccount').mockResolvedValue(row({ status: before }));
    await expect(call(name)).rejects.toMatchObject({ type: 'NOT_YET', nonRetryable: false });
    stale.mockRestore();
    expect(await call(name, 2)).toEqual(answer);
  });

  it('leaves an account alone whose status has changed to something else', async () => {
    const { call, writes } = windowOn('EXPIRED');
    const untouched = name === 'undoDisable' ? { ...account, status: 'EXPIRED' } : undefined;
    expect(await call(name)).toEqual(untouched);
    expect(writes()).toEqual([]);
  });
});
