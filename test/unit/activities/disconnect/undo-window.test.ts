import { describe, expect, it, vi } from 'vitest';
import type { AccountStatus } from '../../../../src/domain/account.ts';
import { HangingApi } from '../batch/support.ts';
import { input, row, stageFor } from '../support.ts';

const account = { userId: input.userId, connectedAccountId: 'ca_1' };

/** The account of an undo window, and each call of an activity as in a process of its own. */
function windowOn(status: AccountStatus) {
  const api = new HangingApi();
  api.rows = [row({ status })];
  const call = (name: 'setAside' | 'giveBack', attempt = 1) => {
    const { environment, activities } = stageFor(api, { attempt });
    return environment.run(activities[name], account);
  };
  return { api, call, writes: () => api.asked.filter((one) => !one.startsWith('get')) };
}

describe.each([
  ['setAside', 'ACTIVE', 'INACTIVE', 'disable ca_1', undefined],
  ['giveBack', 'INACTIVE', 'ACTIVE', 'enable ca_1', { ...account, status: 'ACTIVE' }],
] as const)('%s', (name, before, after, write, answer) => {
  it('writes once, and not again when its process died after that', async () => {
    const { api, call, writes } = windowOn(before);
    api.hanging = ['ca_1'];
    void call(name);
    await vi.waitFor(() => expect(writes()).toEqual([write]));
    expect(await call(name, 2)).toEqual(answer);
    expect(writes()).toEqual([write]);
    expect(api.rows).toMatchObject([{ status: after }]);
  });

  it('is tried again for as long as the API says yes and does not show it', async () => {
    const { api, call } = windowOn(before);
    const stale = vi.spyOn(api, 'getAccount').mockResolvedValue(row({ status: before }));
    await expect(call(name)).rejects.toMatchObject({ type: 'NOT_YET', nonRetryable: false });
    stale.mockRestore();
    expect(await call(name, 2)).toEqual(answer);
  });

  it('leaves alone what has become something else meanwhile', async () => {
    const { call, writes } = windowOn('EXPIRED');
    const untouched = name === 'giveBack' ? { ...account, status: 'EXPIRED' } : undefined;
    expect(await call(name)).toEqual(untouched);
    expect(writes()).toEqual([]);
  });
});
