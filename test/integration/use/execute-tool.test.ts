import { inspect } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ConnectedAccounts,
  type HealOptions,
  MooringError,
  type ToolAnswer,
} from '../../../src/accounts.ts';
import { openStage, type TestStage } from '../../support/stage.ts';
import {
  account,
  envelope,
  json,
  startUpstream,
  type Upstream,
} from '../../unit/composio/upstream.ts';

let stage: TestStage;
let upstream: Upstream;
let accounts: ConnectedAccounts;
let userId: string;

beforeAll(async () => {
  stage = await openStage({ worker: false });
  upstream = await startUpstream(json(200, {}));
});
afterAll(async () => {
  await upstream.stop();
  await stage.close();
});
beforeEach(async () => {
  upstream.requests.length = 0;
  // Each has a rate limiter of its own: a 429 closes it.
  const environment = { ...stage.env, COMPOSIO_BASE_URL: upstream.baseUrl };
  accounts = await ConnectedAccounts.connect({ environment, mooring: stage.mooring });
  ({ id: userId } = stage.user());
});

type Handler = Parameters<Upstream['answer']>[0];

const done = json(200, { successful: true, data: { id: 'm1' }, error: null, log_id: 'log_1' });

/** The API's answers: about the account, and to the tool call. */
function given(change: Record<string, unknown>, tool: Handler = done) {
  upstream.answer((response, seen) => {
    const isTool = seen.url.pathname.includes('/tools/execute/');
    const row = json(200, account({ user_id: userId, ...change }));
    (isTool ? tool : row)(response, seen);
  });
}

function execute(
  change: { connectedAccountId?: string; tool?: string; timeoutMs?: number } = {},
  // No worker runs here; heal.test.ts has one.
  options: HealOptions = { heal: false },
) {
  const call = { tool: 'GMAIL_SEND_EMAIL', userId, connectedAccountId: 'ca_1' };
  const whole = { ...call, arguments: { body: 'our little secret' }, ...change };
  return accounts.executeTool(whole, options);
}

async function refusal(call: Promise<ToolAnswer>): Promise<MooringError> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  if (!(error instanceof MooringError)) throw new Error(`no refusal: ${inspect(error)}`);
  return error;
}

const executions = () => upstream.requests.filter(({ method }) => method === 'POST').length;

describe('executeTool', () => {
  it('calls the tool with this account, once, and returns its result', async () => {
    given({});
    expect(await execute()).toEqual({
      successful: true,
      data: { id: 'm1' },
      error: null,
      logId: 'log_1',
    });
    expect(upstream.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it('works in any activity', async () => {
    given({});
    const activity = async () => (await execute()).successful;
    expect(await new MockActivityEnvironment().run(activity)).toBe(true);
  });

  it('returns a failure of the toolkit as a value', async () => {
    given({}, json(200, { successful: false, data: {}, error: '429 from Gmail' }));
    expect(await execute()).toMatchObject({ successful: false, error: '429 from Gmail' });
    expect(executions()).toBe(1);
  });

  it.each([
    ['INACTIVE', 'disabled'],
    ['EXPIRED', 'expired'],
    ['REVOKED', 'revoked'],
    ['INITIATED', 'connecting'],
    ['SUSPENDED', 'unknown'],
  ])('refuses an account that is %s before Composio is called: %s', async (status, reason) => {
    given({ status });
    const { code, message, details } = await refusal(execute());
    expect(code).toBe('ERR_ACCOUNT_UNUSABLE');
    expect(details).toEqual({ connectedAccountId: 'ca_1', reason });
    expect(message).toContain(reason);
    expect(executions()).toBe(0);
  });

  it('refuses the account of a user who has lapsed', async () => {
    given({});
    const gate = await stage.closeGate(userId, 'lapsed');
    expect(await refusal(execute())).toMatchObject({
      code: 'ERR_ACCOUNT_UNUSABLE',
      details: { reason: 'lapsed' },
    });
    expect(executions()).toBe(0);
    await gate.open();
  });

  it('refuses an account of another user', async () => {
    given({ user_id: 'eve' });
    expect(await refusal(execute())).toMatchObject({ code: 'ERR_ACCOUNT_NOT_FOUND' });
    expect(executions()).toBe(0);
  });

  it.each([
    [404, { code: 1810 }, 'ERR_ACCOUNT_NOT_FOUND', { reason: 'gone' }],
    [400, { code: 1811 }, 'ERR_INVALID_INPUT', { field: 'userId' }],
    [400, { code: 1812 }, 'ERR_ACCOUNT_NOT_FOUND', { reason: 'other_user' }],
    [410, { code: 1820 }, 'ERR_ACCOUNT_UNUSABLE', { reason: 'expired' }],
    [
      422,
      { message: 'Invalid state of the connected account' },
      'ERR_ACCOUNT_UNUSABLE',
      { reason: 'unknown' },
    ],
    [
      403,
      { message: 'not allowed on this shared connection' },
      'ERR_ACCOUNT_UNUSABLE',
      { reason: 'not_shared' },
    ],
    [409, { message: 'leased by another operation' }, 'ERR_ACCOUNT_BUSY', {}],
    [404, { slug: 'Tool_NotFound' }, 'ERR_INVALID_INPUT', { field: 'tool' }],
    [404, {}, 'ERR_API_UNAVAILABLE', {}],
    [410, { slug: 'Tool_Deprecated' }, 'ERR_ENDPOINT_RETIRED', {}],
    [422, { message: 'arguments.to is missing' }, 'ERR_INVALID_INPUT', {}],
    [401, {}, 'ERR_UNAUTHORIZED', {}],
    [429, {}, 'ERR_API_UNAVAILABLE', {}],
  ])('reports %i %j as %s, and that the tool has not run', async (status, error, code, details) => {
    given({}, envelope(status, { message: 'no', request_id: 'req_1', ...error }));
    const refused = await refusal(execute());
    expect(refused.code).toBe(code);
    expect(refused.details).toEqual({
      connectedAccountId: 'ca_1',
      requestId: 'req_1',
      ...details,
    });
    expect(refused.message).toContain('has not run');
    expect(executions()).toBe(1);
  });

  it('makes no call if its signal is aborted before, nor after the wait for a refresh', async () => {
    given({});
    const reason = new Error('the request was closed');
    await expect(execute({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(upstream.requests).toEqual([]);
    given({ status: 'EXPIRED' });
    const healing = { heal: true, waitMs: Infinity, signal: AbortSignal.timeout(300) };
    await expect(execute({}, healing)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(executions()).toBe(0);
  });

  it.each<[string, Handler]>([
    ['the server fails', envelope(500, { message: 'oops: our little secret' })],
    ['the server hangs up', (response) => response.destroy()],
    ['the server does not answer in time', () => {}],
    ['the answer has no result', json(200, { ok: true })],
    ['the server fails, and calls the account expired', envelope(500, { code: 1820 })],
  ])('says that the tool may have run when %s, and does not repeat the call', async (_, tool) => {
    given({}, tool);
    // Also with healing on, where an expired account would be healed and the tool called again.
    const refused = await refusal(execute({ timeoutMs: 300 }, { heal: true }));
    expect(refused).toMatchObject({
      code: 'ERR_API_UNAVAILABLE',
      details: { ambiguous: true, connectedAccountId: 'ca_1' },
    });
    // Nothing suggests to heal the account and to call the tool again.
    expect(refused.details.reason).toBeUndefined();
    expect(refused.message).toContain('may have run');
    expect(inspect(refused, { depth: null })).not.toContain('little secret');
    expect(executions()).toBe(1);
  });

  it('fails with the signal’s own reason', async () => {
    given({}, () => {});
    const call = { tool: 'T', userId, connectedAccountId: 'ca_1', arguments: {} };
    const signal = AbortSignal.timeout(200);
    await expect(accounts.executeTool(call, { signal })).rejects.toThrow(/timeout/);
  });

  it.each([
    ['tool', { tool: '../proxy' }],
    ['connectedAccountId', { connectedAccountId: '' }],
  ])('refuses a wrong %s before it makes any call', async (field, change) => {
    expect(await refusal(execute(change))).toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field },
    });
    expect(upstream.requests).toHaveLength(0);
  });
});
