import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generateKey, parseKeyRing, seal } from '../../../src/crypto/key-ring.ts';
import { startOpsServer } from '../../../src/observability/ops.ts';
import { createCodec } from '../../../src/temporal/codec.ts';
import { createCodecEndpoint } from '../../../src/temporal/codec-endpoint.ts';

const ring = parseKeyRing(generateKey('a'));
const token = 'ada-0123456789-0123456789-0123456789';
const ui = 'https://temporal.example';
const lines: object[] = [];
let ops: Awaited<ReturnType<typeof startOpsServer>>;

beforeAll(async () => {
  ops = await listen(createCodecEndpoint({ ...options(), keys: ring }));
});
afterAll(() => ops.stop());
beforeEach(() => void lines.splice(0));

function options() {
  const tokens = new Map([
    ['bob', 'bob-0123456789-0123456789-0123456789'],
    ['ada', token],
  ]);
  const log = { info: (facts: object, message: string) => lines.push({ ...facts, message }) };
  return { tokens, origins: [ui], log };
}

function listen(codec: ReturnType<typeof createCodecEndpoint>) {
  return startOpsServer({
    host: '127.0.0.1',
    port: 0,
    names: [],
    canWork: () => true,
    readMetrics: async () => '',
    codec,
  });
}

function wire({ metadata, data }: Payload) {
  const base64 = (bytes: Uint8Array | null | undefined) =>
    Buffer.from(bytes ?? []).toString('base64');
  const entries = Object.entries(metadata ?? {}).map(([key, value]) => [key, base64(value)]);
  return { metadata: Object.fromEntries(entries) as Record<string, string>, data: base64(data) };
}

const text = (base64: string) => Buffer.from(base64, 'base64').toString();

async function stored(value: unknown, keys = ring) {
  const [payload] = await createCodec(keys).encode([defaultPayloadConverter.toPayload(value)]);
  return wire(payload!);
}

async function post(body: unknown, { path = '/codec/decode', ...headers }: Headers = {}) {
  const response = await fetch(`${ops.url}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

type Headers = Record<string, string>;

async function decoded(...payloads: object[]) {
  const { status, text: body } = await post({ payloads });
  expect(status).toBe(200);
  const answer = JSON.parse(body) as { payloads: ReturnType<typeof wire>[] };
  return answer.payloads;
}

const corsHeaders = (headers: globalThis.Headers) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('POST /codec/decode', () => {
  it('decodes what the codec has stored, and leaves payloads that were never encrypted', async () => {
    const plain = wire(defaultPayloadConverter.toPayload({ open: true }));
    const [opened, left] = await decoded(await stored({ userId: 'u1' }), plain);
    expect(text(opened!.metadata.encoding!)).toBe('json/plain');
    expect(JSON.parse(text(opened!.data))).toEqual({ userId: 'u1' });
    expect(left).toEqual(plain);
  });

  it('leaves a payload that it cannot decode unchanged beside others', async () => {
    const unknown = await stored('x', parseKeyRing(generateKey('b')));
    const changed = await stored('y');
    changed.data = wire({ data: Buffer.from('tampered') }).data;
    const [first, second, third] = await decoded(unknown, await stored('z'), changed);
    expect([first, third]).toEqual([unknown, changed]);
    expect(text(second!.data)).toBe('"z"');
    expect(lines).toMatchObject([{ payloads: 3, failures: 2 }]);
  });

  it('leaves credentials inside an input sealed, because they have another key ring', async () => {
    const credentials = parseKeyRing(generateKey('c'));
    const secret = Buffer.from('{"api_key":"open-sesame"}');
    const { keyId, data } = seal(credentials, secret, 'mooring-credentials:u1/ac_1');
    const sealed = `${keyId}.${Buffer.from(data).toString('base64url')}`;
    const input = { method: { initiate: { authScheme: 'API_KEY', credentials: { sealed } } } };
    const [opened] = await decoded(await stored(input));
    expect(JSON.parse(text(opened!.data))).toEqual(input);
    expect(text(opened!.data)).not.toContain('open-sesame');
  });

  it('forbids caches to keep its answer', async () => {
    const { headers } = await post({ payloads: [] });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each(['', '{', '[]', '{"payloads":{}}', '{"payloads":[{"data":"not base64!"}]}'])(
    'refuses %j as malformed',
    async (body) => {
      expect(await post(body)).toMatchObject({ status: 400, text: '{"error":"malformed"}' });
    },
  );

  it('refuses more than two megabytes', async () => {
    const data = Buffer.alloc(2 * 1024 * 1024).toString('base64');
    expect((await post({ payloads: [{ data }] })).status).toBe(413);
  });
});

describe('other requests to the codec endpoint', () => {
  it('cannot encode', async () => {
    expect((await post({ payloads: [] }, { path: '/codec/encode' })).status).toBe(404);
  });

  it('get a 404 without tokens or without keys', async () => {
    const without = { ...options(), keys: ring, tokens: undefined };
    expect(createCodecEndpoint(without)).toBeNull();
    expect(createCodecEndpoint({ ...options(), keys: undefined })).toBeNull();
    const bare = await listen(null);
    const response = await fetch(`${bare.url}/codec/decode`, { method: 'POST' });
    expect(response.status).toBe(404);
    await bare.stop();
  });
});

describe('authorization', () => {
  it.each([
    ['no token', ''],
    ['another token', `Bearer ${token.replace('ada', 'eve')}`],
    ['the beginning of a token', `Bearer ${token.slice(0, -1)}`],
  ])('refuses %s', async (_, Authorization) => {
    const body = { payloads: [await stored('secret')] };
    const answer = await post(body, { Authorization });
    expect(answer.status).toBe(401);
    expect(answer.text).toBe('Unauthorized');
    expect(lines).toEqual([]);
  });

  it.each([`Bearer ${token.replace('ada', 'eve')}`, ''])(
    'refuses a page of a listed origin without a valid token: %j',
    async (Authorization) => {
      const answer = await post(
        { payloads: [await stored('secret')] },
        { Origin: ui, Authorization },
      );
      expect(answer).toMatchObject({ status: 401, text: 'Unauthorized' });
    },
  );

  it('logs one line for each use, with the name and without the decoded content', async () => {
    const payloads = [await stored('secret'), await stored('too')];
    await post({ payloads }, { 'X-Namespace': 'moor' });
    const facts = { who: 'ada', namespace: 'moor', payloads: 2, failures: 0 };
    expect(lines).toEqual([{ ...facts, message: 'payloads decoded' }]);
  });
});

describe('a browser', () => {
  const preflight = (Origin: string) =>
    fetch(`${ops.url}/codec/decode`, {
      method: 'OPTIONS',
      headers: {
        Origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type,x-namespace',
      },
    });

  it('on a listed origin may call, and can read the answer, a refusal too', async () => {
    const { status, headers } = await preflight(ui);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(ui);
    expect(headers.get('access-control-allow-methods')).toBe('POST');
    const names = headers.get('access-control-allow-headers')?.toLowerCase().split(',');
    expect(names?.sort()).toEqual(['authorization', 'content-type', 'x-namespace']);
    for (const Authorization of [`Bearer ${token}`, '']) {
      const answer = await post({ payloads: [] }, { Origin: ui, Authorization });
      expect(answer.headers.get('access-control-allow-origin')).toBe(ui);
    }
  });

  it.each(['https://evil.example', 'https://temporal.example.evil.example', 'null'])(
    'on %s cannot read an answer',
    async (Origin) => {
      expect(corsHeaders((await preflight(Origin)).headers)).toEqual([]);
      expect(corsHeaders((await post({ payloads: [] }, { Origin })).headers)).toEqual([]);
    },
  );
});
