import { describe, expect, it } from 'vitest';
import type { OpenedAttempt } from '../../../../src/activities/index.ts';
import { ApiError } from '../../../../src/composio/errors.ts';
import { FakeApi, input, row, stageFor } from '../support.ts';

type Options = Parameters<typeof stageFor>[1];

async function open(
  api: FakeApi,
  change: object = {},
  options: Options = {},
): Promise<OpenedAttempt> {
  const { environment, activities } = stageFor(api, options);
  return environment.run(activities.openAttempt, { ...input, ...change });
}

const gateway = {
  returnOrigins: ['https://app.example'],
  callbackUrl: ({ returnUrl }: { returnUrl: string | null }) =>
    `https://gw.example/callback/t?${returnUrl}`,
};

describe('openAttempt', () => {
  it('lists, then creates a link with the marker of its run and try', async () => {
    const api = new FakeApi();
    const attempt = await open(api);
    expect(api.asked).toEqual(['list', 'link mooring-00000000c0de-1']);
    expect(attempt).toMatchObject({
      connectionId: 'ada/ac_1',
      connectedAccountId: 'ca_new1',
      found: null,
      tries: 1,
      waitMs: 690_000,
    });
  });

  it('logs the account but not its link', async () => {
    const { environment, activities, logged } = stageFor(new FakeApi(), gateway);
    const attempt: OpenedAttempt = await environment.run(activities.openAttempt, { ...input });
    expect(attempt.redirectUrl).toBe('https://c.example/l');
    expect(logged.join()).toContain('ca_new1');
    expect(logged.join()).not.toContain('https://');
  });

  it('deletes the accounts of earlier tries of its run, and no others', async () => {
    const api = new FakeApi();
    api.rows = [
      row({ id: 'ca_lost', alias: 'mooring-00000000c0de-1' }),
      row({ id: 'ca_other', alias: 'mooring-00000000beef-1' }),
      row({ id: 'ca_dead', status: 'EXPIRED' }),
    ];
    await open(api, {}, { attempt: 2 });
    expect(api.asked).toEqual(['list', 'delete ca_lost and revoke', 'link mooring-00000000c0de-2']);
  });

  it('gives up and creates nothing if a later try of its run is alive', async () => {
    const api = new FakeApi();
    api.rows = [row({ id: 'ca_live', alias: 'mooring-00000000c0de-2', status: 'ACTIVE' })];
    await expect(open(api)).rejects.toMatchObject({ type: 'SUPERSEDED', nonRetryable: false });
    expect(api.asked).toEqual(['list']);
  });

  it.each([{ onExisting: 'reuse' }, { method: { existing: { connectedAccountId: 'ca_1' } } }, {}])(
    'reports no ACTIVE account that another run is writing to: %j',
    async (change) => {
      const api = new FakeApi();
      api.rows = [row({ status: 'ACTIVE' })];
      const busy = open(api, change, { busy: true });
      await expect(busy).rejects.toMatchObject({ type: 'ERR_ACCOUNT_BUSY' });
    },
  );

  it('gives Composio our callback URL if there is a gateway, or the caller’s own callback URL', async () => {
    const api = new FakeApi();
    await open(api, { returnUrl: 'https://app.example/done' }, gateway);
    expect(api.asked[1]).toMatch(
      / https:\/\/gw\.example\/callback\/t\?https:\/\/app\.example\/done$/,
    );
    await open(api, { callbackUrl: 'https://own.example/cb' }, gateway);
    expect(api.asked.at(-1)).toMatch(/ https:\/\/own\.example\/cb$/);
  });

  it('reads often without a gateway, and seldom with one', async () => {
    expect((await open(new FakeApi())).timings.lookFirstMs).toBe(2_000);
    expect((await open(new FakeApi(), {}, gateway)).timings.lookFirstMs).toBe(30_000);
    const timed = await open(new FakeApi(), { timings: { lookFirstMs: 7_000 } }, gateway);
    expect(timed.timings).toMatchObject({ lookFirstMs: 7_000, looks: 4 });
  });

  it('stops waiting earlier if the caller asks for that', async () => {
    expect((await open(new FakeApi(), { waitMs: 5_000 })).waitMs).toBe(5_000);
  });

  it.each([
    [{ returnUrl: 'https://app.example/done' }, {}],
    [{ returnUrl: 'https://evil.example/done' }, gateway],
    [{ returnUrl: 'https://app.example.evil.example/' }, gateway],
    [{ userId: 'a,b' }, {}],
    [{ unknown: 1 }, {}],
  ])('refuses %j before it calls the API', async (change, options) => {
    const api = new FakeApi();
    await expect(open(api, change, options)).rejects.toMatchObject({
      type: 'ERR_INVALID_INPUT',
      nonRetryable: true,
    });
    expect(api.asked).toEqual([]);
  });

  it('refuses an input of another workflow id', async () => {
    const wrong = open(new FakeApi(), {}, { workflowId: 'connect/eve/ac_1' });
    await expect(wrong).rejects.toMatchObject({ type: 'ERR_INVALID_INPUT' });
  });

  it('reports with a refusal which try it was', async () => {
    const api = new FakeApi();
    api.rows = [row({ status: 'ACTIVE' })];
    await expect(open(api, {}, { attempt: 3 })).rejects.toMatchObject({
      type: 'ERR_ALREADY_CONNECTED',
      details: [{ connectedAccountId: 'ca_1', tries: 3 }],
    });
  });

  it('creates nothing while the gate is closed', async () => {
    const api = new FakeApi();
    const blocked = open(api, {}, { gate: ['offboarding'] });
    await expect(blocked).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.asked).toEqual(['list']);
  });

  it('disconnects the account that it created while the gate closed', async () => {
    const api = new FakeApi();
    const blocked = open(api, {}, { gate: ['grace', 'blocked'] });
    await expect(blocked).rejects.toMatchObject({ type: 'ERR_USER_BLOCKED' });
    expect(api.asked).toEqual(['list', 'link mooring-00000000c0de-1', 'delete ca_new1 and revoke']);
    expect(api.rows).toEqual([]);
  });

  it.each([
    [401, null, 'ERR_UNAUTHORIZED'],
    [403, null, 'ERR_UNAUTHORIZED'],
    [404, 'AuthConfig_NotFound', 'ERR_AUTH_CONFIG_NOT_FOUND'],
    [400, null, 'ERR_INVALID_INPUT'],
    [422, null, 'ERR_INVALID_INPUT'],
    [400, 'ConnectedAccount_MissingRequiredFields', 'ERR_MISSING_FIELDS'],
    [410, null, 'ERR_ENDPOINT_RETIRED'],
    [501, null, 'ERR_ENDPOINT_RETIRED'],
  ])('reports at once to the caller what %i, %j means: %s', async (status, slug, type) => {
    const api = new FakeApi();
    api.failing.set('link', new ApiError('http', 'refused', { status, slug, requestId: 'req_1' }));
    await expect(open(api)).rejects.toMatchObject({
      type,
      nonRetryable: true,
      details: [{ requestId: 'req_1' }],
    });
  });

  it.each([
    [new ApiError('http', 'x', { status: 503 }), 'API_UNAVAILABLE', undefined],
    [new ApiError('timeout', 'x'), 'API_UNAVAILABLE', undefined],
    [new ApiError('connection', 'x'), 'API_UNAVAILABLE', undefined],
    [new ApiError('contract', 'x', { status: 200 }), 'API_UNAVAILABLE', undefined],
    [new ApiError('http', 'x', { status: 429, retryAfterMs: 61_000 }), 'API_RATE_LIMITED', 61_000],
    [new ApiError('held', 'x', { retryAfterMs: 7_000 }), 'API_RATE_LIMITED', 7_000],
  ])('leaves %o to Temporal’s retries', async (error, type, nextRetryDelay) => {
    const api = new FakeApi();
    api.failing.set('list', error);
    await expect(open(api)).rejects.toMatchObject({ type, nonRetryable: false, nextRetryDelay });
  });
});
