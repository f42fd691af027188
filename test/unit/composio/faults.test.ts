import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createComposioApi } from '../../../src/composio/client.ts';
import {
  account,
  apiKey,
  envelope,
  json,
  startUpstream,
  thrown,
  type Upstream,
} from './upstream.ts';

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream(json(200, {}));
});
afterAll(() => upstream.stop());
beforeEach(() => {
  upstream.requests.length = 0;
});

const link = { userId: 'ada', authConfigId: 'ac_1', alias: 'mooring-1' };
const createLink = () => thrown(upstream.api({ timeoutMs: 300 }).createLink(link));

describe('a failed call', () => {
  it.each([301, 302, 303, 304, 307, 308])(
    'refuses a redirect (%i) and never follows it',
    async (status) => {
      upstream.answer((response, { url }) => {
        if (url.pathname === '/other') json(200, account())(response, { url } as never);
        else response.writeHead(status, { location: '/other?token=sekrit' }).end();
      });
      expect(await createLink()).toMatchObject({ kind: 'contract', status, ambiguous: true });
      expect(upstream.requests).toHaveLength(1);
    },
  );

  it('is a timeout if no answer comes', async () => {
    upstream.answer(() => {});
    expect(await createLink()).toMatchObject({ kind: 'timeout', status: null, ambiguous: true });
    expect(upstream.requests).toHaveLength(1);
  });

  it('is a timeout if the body stalls, and closes the connection', async () => {
    const closed = new Promise((resolve) => {
      upstream.answer((response) => {
        response.on('close', resolve);
        response.writeHead(201, { 'content-type': 'application/json' });
        response.write('{"connected_account_id":');
      });
    });
    const startedAt = performance.now();
    expect(await createLink()).toMatchObject({ kind: 'timeout', ambiguous: true });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    await closed;
  });

  it('ends with the signal’s reason if it is aborted while the body stalls', async () => {
    const controller = new AbortController();
    upstream.answer((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{');
      setTimeout(() => controller.abort(new Error('canceled')), 50);
    });
    await expect(upstream.api().getAccount('ca_1', controller.signal)).rejects.toThrow('canceled');
  });

  it('is a lost connection if the body breaks off', async () => {
    upstream.answer((response) => {
      response.writeHead(201, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{"connected_account_id":', () => response.destroy());
    });
    expect(await createLink()).toMatchObject({ kind: 'connection', ambiguous: true });
    expect(upstream.requests).toHaveLength(1);
  });

  it('is a lost connection if the server hangs up', async () => {
    upstream.answer((response) => response.destroy());
    expect(await createLink()).toMatchObject({ kind: 'connection', ambiguous: true });
    expect(upstream.requests).toHaveLength(1);
  });

  it('is not ambiguous if nothing listens at the address', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const api = createComposioApi({ apiKey, baseUrl: `http://127.0.0.1:${port}` });
    expect(await thrown(api.createLink(link))).toMatchObject({
      kind: 'connection',
      message: 'no complete answer from Composio: ECONNREFUSED',
      ambiguous: false,
    });
  });

  it.each([
    ['invalid JSON', 'application/json', '{"connected'],
    ['nothing', 'application/json', ''],
    ['HTML', 'text/html', '<h1>sekrit</h1>'],
    ['JSON of another shape', 'application/json', '["sekrit"]'],
  ])('is off contract if a success carries %s', async (_, type, body) => {
    upstream.answer((response) => response.writeHead(201, { 'content-type': type }).end(body));
    const error = await createLink();
    expect(error).toMatchObject({ kind: 'contract', ambiguous: true });
    expect(error.message).not.toContain('sekrit');
  });

  it('is off contract if a success has no content (204)', async () => {
    upstream.answer((response) => response.writeHead(204).end());
    expect(await createLink()).toMatchObject({ kind: 'contract', status: 204 });
  });

  it('is off contract if the body never ends; unpacked bytes count', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 1_024 * 1_024));
    upstream.answer((response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(bomb),
    );
    expect(await thrown(upstream.api().getAccount('ca_1'))).toMatchObject({
      kind: 'contract',
      message: 'Composio answered 200 with more than 16777216 bytes',
    });
  });

  it('reports status, slug, code, request id and Composio’s words', async () => {
    upstream.answer(
      envelope(400, {
        message: 'Alias "x" is already in use by another connection for this entity',
        code: 600,
        slug: 'ConnectedAccount_BadRequest',
        request_id: 'req_body',
      }),
    );
    expect(await createLink()).toMatchObject({
      kind: 'http',
      status: 400,
      slug: 'ConnectedAccount_BadRequest',
      code: 600,
      requestId: 'req_body',
      retryAfterMs: null,
      ambiguous: false,
      message:
        'Composio answered 400: ConnectedAccount_BadRequest, Alias "x" is already in use by another connection for this entity',
    });
  });

  it.each([
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [409, false],
    [422, false],
    [500, true],
    [501, true],
    [503, true],
  ])(
    'with status %i may have been applied: %s; this client never retries it',
    async (status, ambiguous) => {
      upstream.answer(json(status, {}, { 'x-should-retry': 'true', 'retry-after': '0' }));
      expect(await createLink()).toMatchObject({ kind: 'http', status, ambiguous });
      expect(upstream.requests).toHaveLength(1);
    },
  );

  it('does not quote an HTML page', async () => {
    upstream.answer((response) =>
      response.writeHead(502, { 'x-request-id': 'req_header' }).end('<html>sekrit</html>'),
    );
    expect(await createLink()).toMatchObject({
      kind: 'http',
      status: 502,
      slug: null,
      requestId: 'req_header',
      message: 'Composio answered 502',
      ambiguous: true,
    });
  });

  it.each([
    'text',
    7,
    null,
    [],
    { error: 'text' },
    { error: { message: 7, code: {}, slug: 'a b' } },
  ])('handles an error body of %j', async (body) => {
    upstream.answer(json(400, body));
    expect(await createLink()).toMatchObject({
      status: 400,
      slug: null,
      code: null,
      message: 'Composio answered 400',
    });
  });

  it.each([
    ['61', 61_000],
    ['0.5', 500],
    ['Thu, 01 Jan 2026 00:01:01 GMT', 61_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['99999999999', 3_600_000],
    ['-5', null],
    ['soon', null],
  ])('reads a flat 429 with Retry-After %s', async (retryAfter, retryAfterMs) => {
    upstream.answer(
      json(
        429,
        { message: 'Rate limit exceeded. Limit: 10000 requests per 1 minutes' },
        { 'retry-after': retryAfter, date: 'Thu, 01 Jan 2026 00:00:00 GMT' },
      ),
    );
    expect(await createLink()).toMatchObject({
      kind: 'http',
      status: 429,
      retryAfterMs,
      ambiguous: false,
      message: 'Composio answered 429: Rate limit exceeded. Limit: 10000 requests per 1 minutes',
    });
    expect(upstream.requests).toHaveLength(1);
  });

  it('shows no key, token, URL or body when it is printed', async () => {
    upstream.answer(
      envelope(401, {
        message: `Invalid API key ${apiKey} at https://backend.example/x?token=sekrit1, Bearer sekrit2`,
        slug: 'HTTP_Unauthorized',
        suggested_fix: 'sekrit3',
        errors: ['sekrit4'],
      }),
    );
    const error = await createLink();
    for (const text of [error.message, JSON.stringify(error), inspect(error, { depth: 9 })]) {
      expect(text).toContain('HTTP_Unauthorized');
      expect(text).not.toMatch(/sekrit|the_one_and_only/);
      expect(text).not.toContain(upstream.baseUrl);
    }
  });
});
