import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../src/composio/errors.ts';
import { gatewayTimings } from '../../../../src/domain/timings.ts';
import { FakeApi, input, row, stageFor } from '../support.ts';

const expected = { ...input, connectedAccountId: 'ca_1' };
type Options = Parameters<typeof stageFor>[1];

describe('lookAtAttempt', () => {
  async function look(api: FakeApi, attempt: number) {
    const { environment, activities } = stageFor(api, { attempt });
    const look = { ...expected, timings: gatewayTimings };
    return environment.run(activities.lookAtAttempt, look);
  }

  it('only asks for another call at first, without an API call', async () => {
    const api = new FakeApi();
    await expect(look(api, 1)).rejects.toMatchObject({ type: 'LATER', nextRetryDelay: 30_000 });
    expect(api.asked).toEqual([]);
  });

  it('asks for another call while nothing is decided, each time a little later', async () => {
    const api = new FakeApi();
    api.rows = [row({ status: 'INITIATED' })];
    await expect(look(api, 2)).rejects.toMatchObject({ nextRetryDelay: 60_000 });
    await expect(look(api, 4)).rejects.toMatchObject({ nextRetryDelay: 240_000 });
    expect(await look(api, 5)).toBeNull();
    expect(api.asked).toHaveLength(3);
  });

  it('returns a reading that decides, and a missing account', async () => {
    const api = new FakeApi();
    expect(await look(api, 2)).toEqual({ account: null, isBlocked: false });
    api.rows = [row({ status: 'FAILED' })];
    expect(await look(api, 2)).toMatchObject({ account: { status: 'FAILED' } });
  });

  it('counts an API that does not answer as one read without a result', async () => {
    const api = new FakeApi();
    api.failing.set('get', new ApiError('http', 'x', { status: 401 }));
    await expect(look(api, 2)).rejects.toMatchObject({ type: 'LATER', nextRetryDelay: 60_000 });
  });
});

describe('readAttempt', () => {
  async function read(api: FakeApi, options?: Options) {
    const { environment, activities } = stageFor(api, options);
    return environment.run(activities.readAttempt, expected);
  }

  it('reads the gate only if the account is ACTIVE', async () => {
    const api = new FakeApi();
    api.rows = [row({ status: 'INITIATED' })];
    expect(await read(api, { gate: ['blocked'] })).toMatchObject({ isBlocked: false });
    api.rows = [row({ status: 'ACTIVE' })];
    expect(await read(api, { gate: ['blocked'] })).toMatchObject({ isBlocked: true });
    expect(await read(api, { gate: ['held'] })).toMatchObject({ isBlocked: false });
  });

  it('waits a minute after a 401, because only a person can fix it', async () => {
    const api = new FakeApi();
    api.failing.set('get', new ApiError('http', 'x', { status: 401 }));
    await expect(read(api)).rejects.toMatchObject({ nonRetryable: false, nextRetryDelay: 60_000 });
  });
});

describe('removeAccount', () => {
  async function remove(api: FakeApi, unlessActive: boolean, options?: Options) {
    const { environment, activities } = stageFor(api, options);
    return environment.run(activities.removeAccount, { ...expected, unlessActive });
  }

  it('reads, deletes with revocation, and reads a 404', async () => {
    const api = new FakeApi();
    api.rows = [row({ status: 'INITIATED' })];
    expect(await remove(api, true)).toMatchObject({
      result: 'removed',
      before: { status: 'INITIATED' },
    });
    expect(api.asked).toEqual(['get ca_1', 'delete ca_1 and revoke', 'get ca_1']);
  });

  it('does nothing for an account that is gone', async () => {
    const api = new FakeApi();
    expect(await remove(api, false)).toEqual({ result: 'removed', before: null });
    expect(api.asked).toEqual(['get ca_1']);
  });

  it('never touches an account of another user or auth config', async () => {
    const api = new FakeApi();
    for (const change of [{ userId: 'eve' }, { authConfigId: 'ac_2' }]) {
      api.rows = [row(change)];
      expect(await remove(api, false)).toMatchObject({ result: 'kept' });
    }
    expect(api.asked).toEqual(['get ca_1', 'get ca_1']);
  });

  it('keeps an account that has become ACTIVE if it may; otherwise a run must revoke it', async () => {
    const api = new FakeApi();
    api.rows = [row({ status: 'ACTIVE' })];
    expect(await remove(api, true)).toMatchObject({ result: 'kept' });
    expect(await remove(api, true, { gate: ['blocked'] })).toMatchObject({ result: 'living' });
    expect(await remove(api, false)).toMatchObject({ result: 'living' });
    expect(api.rows).toHaveLength(1);
  });

  it('keeps an account that somebody disabled, unless it must be deleted', async () => {
    const api = new FakeApi();
    api.rows = [row({ status: 'INACTIVE' })];
    expect(await remove(api, true)).toMatchObject({ result: 'kept' });
    expect(await remove(api, false)).toMatchObject({ result: 'living' });
  });

  it('fails if the account is still there after its deletion, so that Temporal retries', async () => {
    const api = new FakeApi();
    api.rows = [row()];
    const stubborn = Object.assign(api, { deleteAccount: async () => undefined });
    await expect(remove(stubborn, false)).rejects.toMatchObject({ type: 'STILL_THERE' });
  });
});

it('an API call sends a heartbeat each second, so that Temporal notices a killed worker', async () => {
  const api = new FakeApi();
  const slow = Object.assign(api, {
    getAccount: async () => new Promise<null>((resolve) => setTimeout(resolve, 2_500, null)),
  });
  const { environment, activities } = stageFor(slow);
  let beats = 0;
  environment.on('heartbeat', () => beats++);
  await environment.run(activities.readAttempt, expected);
  expect(beats).toBe(2);
});
