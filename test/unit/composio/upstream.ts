import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createComposioApi } from '../../../src/composio/client.ts';
import { ApiError } from '../../../src/composio/errors.ts';
import type { RateLimiter } from '../../../src/composio/rate-limiter.ts';

export const apiKey = 'ak_the_one_and_only_key';

interface Seen {
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  body: string;
}

type Handler = (response: ServerResponse, seen: Seen) => void;

/** A real HTTP server on loopback with scripted answers, and the API client that calls it. */
export async function startUpstream(handler: Handler) {
  const requests: Seen[] = [];
  const upstream = { handler };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const seen = {
        method: request.method ?? '',
        url: new URL(request.url ?? '', 'http://upstream'),
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(seen);
      upstream.handler(response, seen);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    baseUrl,
    requests,
    api: (options: { timeoutMs?: number; rateLimiter?: RateLimiter } = {}) =>
      createComposioApi({ apiKey, baseUrl, ...options }),
    answer(next: Handler) {
      upstream.handler = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type Upstream = Awaited<ReturnType<typeof startUpstream>>;

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Handler {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

export function envelope(status: number, error: Record<string, unknown>): Handler {
  return json(status, { error: { status, ...error } });
}

/** An account as the API shows it, including its secrets. */
export function account(change: Record<string, unknown> = {}) {
  return {
    id: 'ca_1',
    word_id: 'gmail_red-castle',
    user_id: 'ada',
    auth_config: { id: 'ac_1', auth_scheme: 'OAUTH2', is_composio_managed: false },
    toolkit: { slug: 'gmail' },
    alias: null,
    status: 'ACTIVE',
    status_reason: null,
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    is_disabled: false,
    state: { authScheme: 'OAUTH2', val: { status: 'ACTIVE', access_token: 'sekrit-state' } },
    data: { refresh_token: 'sekrit-data' },
    params: { headers: { Authorization: 'Bearer sekrit-params' } },
    experimental: { account_type: 'PRIVATE' },
    ...change,
  };
}

export async function thrown(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError: ${String(error)}`);
  return error;
}
