import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { envelope, json, startUpstream, thrown, type Upstream } from './upstream.ts';

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream(json(200, {}));
});
afterAll(() => upstream.stop());
beforeEach(() => {
  upstream.requests.length = 0;
});

const call = {
  tool: 'GMAIL_SEND_EMAIL',
  userId: 'ada',
  connectedAccountId: 'ca_1',
  arguments: { to: 'bob@private.example', body: 'our little secret' },
};

describe('executeTool', () => {
  it('sends the tool, the user, the account and the version in one request', async () => {
    const answer = { successful: true, data: { id: 'm1' }, error: null, log_id: 'log_1' };
    upstream.answer(json(200, answer));
    expect(await upstream.api().executeTool({ ...call, version: '20261101_00' })).toEqual({
      successful: true,
      data: { id: 'm1' },
      error: null,
      logId: 'log_1',
    });
    expect(upstream.requests).toHaveLength(1);
    const [{ method, url, body } = expect.fail()] = upstream.requests;
    expect(`${method} ${url.pathname}`).toBe('POST /api/v3.1/tools/execute/GMAIL_SEND_EMAIL');
    expect(JSON.parse(body)).toEqual({
      user_id: 'ada',
      connected_account_id: 'ca_1',
      version: '20261101_00',
      arguments: call.arguments,
    });
  });

  it('returns a refusal of the toolkit as a value', async () => {
    upstream.answer(json(200, { successful: false, data: {}, error: '401 from Gmail' }));
    expect(await upstream.api().executeTool(call)).toEqual({
      successful: false,
      data: {},
      error: '401 from Gmail',
      logId: null,
    });
  });

  it.each([
    [404, 1810, 'ActionExecute_ConnectedAccountNotFound', 'no_account'],
    [400, 1803, null, 'no_account'],
    [400, '1811', null, 'user_missing'],
    [400, 1812, 'ActionExecute_ConnectedAccountEntityIdMismatch', 'other_user'],
    [410, 1820, 'ActionExecute_ConnectedAccountExpired', 'account_expired'],
    [410, null, 'Tool_Deprecated', null],
  ])('reports %i with code %j and slug %j as %s', async (status, code, slug, fault) => {
    upstream.answer(envelope(status, { message: 'no', code, slug }));
    const error = await thrown(upstream.api().executeTool(call));
    expect(error).toMatchObject({ status, fault, ambiguous: false });
    expect(upstream.requests).toHaveLength(1);
  });

  it.each([
    [422, 'Invalid state of the connected account', 'account_unusable'],
    [403, 'User eve may not use this shared connection', 'not_shared'],
    [403, 'Insufficient permission', null],
    [422, 'arguments.to is missing', null],
  ])('recognizes %i by its words: %s', async (status, message, fault) => {
    upstream.answer(envelope(status, { message }));
    expect(await thrown(upstream.api().executeTool(call))).toMatchObject({ fault });
  });

  it('is ambiguous if no complete answer came within the tool’s own time', async () => {
    upstream.answer((response) => {
      setTimeout(() => json(200, { successful: true, data: {} })(response, {} as never), 150);
    });
    const api = upstream.api({ timeoutMs: 50 });
    expect(await api.executeTool(call)).toMatchObject({ successful: true });
    const error = await thrown(api.executeTool({ ...call, timeoutMs: 50 }));
    expect(error).toMatchObject({ kind: 'timeout', ambiguous: true });
  });

  it('quotes no argument that Composio has quoted', async () => {
    const { to, body } = call.arguments;
    upstream.answer(envelope(422, { message: `cannot send "${body}" to ${to}` }));
    const error = await thrown(upstream.api().executeTool(call));
    expect(error.message).toContain('cannot send');
    expect(inspect(error, { depth: null })).not.toMatch(/little secret|private\.example/);
  });

  it.each([
    ['tool', { tool: '../proxy' }],
    ['tool', { tool: '' }],
    ['userId', { userId: 'default' }],
    ['connectedAccountId', { connectedAccountId: 'ca_1,ca_2' }],
    ['arguments', { arguments: 'to: bob' as never }],
    ['timeoutMs', { timeoutMs: 0.5 }],
  ])('refuses a wrong %s before it sends anything', async (field, change) => {
    const refused = upstream.api().executeTool({ ...call, ...change });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT', details: { field } });
    expect(upstream.requests).toHaveLength(0);
  });

  it.each([{ successful: 'yes' }, {}, null])('refuses %j as an answer', async (body) => {
    upstream.answer(json(200, body));
    const error = await thrown(upstream.api().executeTool(call));
    expect(error).toMatchObject({ kind: 'contract', ambiguous: true });
  });
});
