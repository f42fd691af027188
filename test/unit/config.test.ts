import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Environment, gatewayConfig, temporalConfig, workerConfig } from '../../src/config.ts';
import { endpointFacts } from '../../src/domain/events/endpoints.ts';
import { generateKey } from '../../src/crypto/key-ring.ts';

const tokenKeys = generateKey('t');
const worker = { COMPOSIO_API_KEY: 'ak_1' };
const gateway = { MOORING_TOKEN_KEYS: tokenKeys };
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mooring-config-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** What an operator reads who starts a part with this environment. */
function refusal(read: (environment: Environment) => unknown, environment: Environment): string {
  try {
    read(environment);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_INVALID_INPUT' });
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

describe('a variable X_FILE', () => {
  it('names a file that holds X, and its blanks and line breaks do not count', () => {
    const COMPOSIO_API_KEY_FILE = file('api-key', ' ak_from_file\n');
    expect(workerConfig({ COMPOSIO_API_KEY_FILE }).COMPOSIO_API_KEY).toBe('ak_from_file');
  });

  it('goes before X', () => {
    const COMPOSIO_API_KEY_FILE = file('api-key', 'ak_from_file');
    const { COMPOSIO_API_KEY } = workerConfig({ ...worker, COMPOSIO_API_KEY_FILE });
    expect(COMPOSIO_API_KEY).toBe('ak_from_file');
  });

  it('is refused by name and reason when the file cannot be read, and does not fall back to X', () => {
    const missing = { ...worker, COMPOSIO_API_KEY_FILE: join(directory, 'missing') };
    const message = 'COMPOSIO_API_KEY_FILE: cannot be read (ENOENT)';
    expect(refusal(workerConfig, missing)).toBe(message);
    const folder = { COMPOSIO_API_KEY_FILE: directory };
    expect(refusal(workerConfig, folder)).toBe('COMPOSIO_API_KEY_FILE: cannot be read (EISDIR)');
  });

  it('leaves X unset when the file is empty', () => {
    const COMPOSIO_API_KEY_FILE = file('empty', '\n');
    expect(refusal(workerConfig, { COMPOSIO_API_KEY_FILE })).toBe('COMPOSIO_API_KEY: is not set');
  });
});

describe('an empty value', () => {
  it('counts as unset, as compose files hand on what is not there', () => {
    const names = Object.keys(workerConfig(worker));
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(workerConfig({ ...empty, ...worker })).toEqual(workerConfig(worker));
    expect(refusal(workerConfig, { COMPOSIO_API_KEY: '' })).toBe('COMPOSIO_API_KEY: is not set');
  });

  it('of X_FILE counts as unset too', () => {
    expect(workerConfig({ ...worker, COMPOSIO_API_KEY_FILE: '' })).toEqual(workerConfig(worker));
  });
});

describe('what is missing', () => {
  it('is named, all of it at once with what is wrong', () => {
    const environment = { MOORING_OPS_PORT: '-1' };
    const message = refusal(workerConfig, environment);
    expect(message).toContain('COMPOSIO_API_KEY: is not set');
    expect(message).toContain('MOORING_OPS_PORT: ');
    expect(refusal(gatewayConfig, {})).toBe('MOORING_TOKEN_KEYS: is not set');
  });

  it('is the key of the callback tokens when a worker has a public URL', () => {
    const environment = { ...worker, MOORING_PUBLIC_URL: 'https://connect.example' };
    expect(refusal(workerConfig, environment)).toMatch(/^MOORING_TOKEN_KEYS: .*MOORING_PUBLIC_URL/);
    const { MOORING_TOKEN_KEYS } = workerConfig({ ...environment, ...gateway });
    expect(MOORING_TOKEN_KEYS?.writingKeyId).toBe('t');
  });
});

describe('MOORING_ALLOW_PLAINTEXT', () => {
  it.each([
    ['1', true],
    ['true', true],
    ['0', false],
    ['false', false],
    [undefined, false],
  ])('%s means %s', (MOORING_ALLOW_PLAINTEXT, allowed) => {
    const config = temporalConfig({ MOORING_ALLOW_PLAINTEXT });
    expect(config.MOORING_ALLOW_PLAINTEXT).toBe(allowed);
  });

  it.each(['yes', 'TRUE', 'off'])('%s is refused rather than guessed at', (value) => {
    const message = refusal(temporalConfig, { MOORING_ALLOW_PLAINTEXT: value });
    expect(message).toMatch(/^MOORING_ALLOW_PLAINTEXT: /);
  });
});

describe('MOORING_PUBLIC_URL', () => {
  it.each([
    'https://connect.example/?a=b',
    'https://connect.example/#a',
    'https://connect.example?',
  ])('%s is refused, as paths are appended to it', (MOORING_PUBLIC_URL) => {
    const environment = { ...worker, ...gateway, MOORING_PUBLIC_URL };
    expect(refusal(workerConfig, environment)).toMatch(/^MOORING_PUBLIC_URL: has a query/);
    expect(refusal(gatewayConfig, environment)).toMatch(/^MOORING_PUBLIC_URL: has a query/);
  });

  it('may have a path, and loses the slashes at its end', () => {
    const environment = { ...gateway, MOORING_PUBLIC_URL: 'https://connect.example/a@b//' };
    expect(gatewayConfig(environment).MOORING_PUBLIC_URL).toBe('https://connect.example/a@b');
  });
});

describe('MOORING_RETURN_ORIGINS', () => {
  const read = (text: string) =>
    gatewayConfig({ ...gateway, MOORING_RETURN_ORIGINS: text }).MOORING_RETURN_ORIGINS;

  it('is a list of origins as browsers write them, joined by commas', () => {
    expect(read('https://app.example, http://localhost:3000,')).toEqual([
      'https://app.example',
      'http://localhost:3000',
    ]);
    expect(gatewayConfig(gateway).MOORING_RETURN_ORIGINS).toEqual([]);
  });

  it.each([
    'https://app.example/',
    'https://app.example/done',
    'https://app.example?x=1',
    'https://App.example',
    'https://app.example:443',
    'https://ada@app.example',
    'app.example',
    'ftp://app.example',
    'null',
    '*',
  ])('holds no %s', (text) => {
    const MOORING_RETURN_ORIGINS = `https://fine.example,${text}`;
    const message = refusal(gatewayConfig, { ...gateway, MOORING_RETURN_ORIGINS });
    expect(message).toMatch(/^MOORING_RETURN_ORIGINS: /);
  });
});

describe('MOORING_RETURN_ORIGINS, which knows no wildcards,', () => {
  it.each(['https://*', 'https://*.app.example'])('holds no %s', (text) => {
    const message = refusal(gatewayConfig, { ...gateway, MOORING_RETURN_ORIGINS: text });
    expect(message).toMatch(/^MOORING_RETURN_ORIGINS: /);
  });
});

describe('MOORING_WEBHOOK_SECRETS', () => {
  const secret = 'whsec_composio-s-own-text';
  const secretsOf = (text: string) =>
    gatewayConfig({ ...gateway, MOORING_WEBHOOK_SECRETS: text }).MOORING_WEBHOOK_SECRETS;

  it('is one, or two while they are rotated; without it there are no webhooks', () => {
    expect(gatewayConfig(gateway).MOORING_WEBHOOK_SECRETS).toBeUndefined();
    expect(secretsOf(secret)).toEqual([secret]);
    expect(secretsOf(`${secret}, of-before-the-rotation`)).toEqual([
      secret,
      'of-before-the-rotation',
    ]);
  });

  it.each(['short', `${secret},`, `${secret},${secret}2,${secret}3`])('is not %s', (text) => {
    const message = refusal(gatewayConfig, { ...gateway, MOORING_WEBHOOK_SECRETS: text });
    expect(message).toMatch(/^MOORING_WEBHOOK_SECRETS: (has|holds) /);
    expect(message).not.toContain(secret);
  });
});

describe('billing', () => {
  const secret = `whsec_${Buffer.alloc(32, 'CANARY').toString('base64')}`;
  const other = `whsec_${Buffer.alloc(32, 'other').toString('base64')}`;
  const MOORING_ENTITLEMENT_URL = 'https://app.example/entitlement';
  const hook = { MOORING_ENTITLEMENT_URL, MOORING_ENTITLEMENT_SECRETS: secret };

  it('is off by default', () => {
    expect(gatewayConfig(gateway).MOORING_BILLING_SECRETS).toBeUndefined();
    expect(workerConfig(worker).MOORING_ENTITLEMENT_URL).toBeUndefined();
  });

  it('has one secret each way, or two during a rotation, also from a file', () => {
    const asked = workerConfig({ ...worker, ...hook });
    expect(asked.MOORING_ENTITLEMENT_SECRETS).toEqual([secret]);
    const MOORING_BILLING_SECRETS_FILE = file('billing-secrets', `${secret}, ${other}\n`);
    const told = { ...gateway, MOORING_ENTITLEMENT_URL, MOORING_BILLING_SECRETS_FILE };
    expect(gatewayConfig(told).MOORING_BILLING_SECRETS).toEqual([secret, other]);
  });

  it('is refused by the gateway where nobody could be asked', () => {
    const alone = { ...gateway, MOORING_BILLING_SECRETS: secret };
    expect(refusal(gatewayConfig, alone)).toMatch(/^MOORING_ENTITLEMENT_URL: is needed with /);
  });

  it('needs the hook’s URL with its secrets, and secrets with the URL', () => {
    const url = { ...worker, MOORING_ENTITLEMENT_URL };
    expect(refusal(workerConfig, url)).toMatch(/^MOORING_ENTITLEMENT_SECRETS: is needed with /);
    const secrets = { ...worker, MOORING_ENTITLEMENT_SECRETS: secret };
    expect(refusal(workerConfig, secrets)).toMatch(/^MOORING_ENTITLEMENT_URL: is needed with /);
  });

  it('asks over plain http only where the address may be private', () => {
    const plain = {
      ...worker,
      ...hook,
      MOORING_ENTITLEMENT_URL: 'http://backend:3000/entitlement',
    };
    expect(refusal(workerConfig, plain)).toMatch(/^MOORING_ENTITLEMENT_URL: is plain http/);
    const allowed = { ...plain, MOORING_ENTITLEMENT_ALLOW_PRIVATE: '1' };
    expect(workerConfig(allowed).MOORING_ENTITLEMENT_ALLOW_PRIVATE).toBe(true);
  });

  it.each(['short', 'whsec_Q0FOQVJZ', `${secret},`, `${secret},${other},${other}`])(
    'takes no secret like %s, and quotes nothing of it',
    (text) => {
      const told = { ...gateway, MOORING_ENTITLEMENT_URL, MOORING_BILLING_SECRETS: text };
      const asked = { ...worker, ...hook, MOORING_ENTITLEMENT_SECRETS: text };
      for (const message of [refusal(gatewayConfig, told), refusal(workerConfig, asked)]) {
        expect(message).toMatch(/^MOORING_(BILLING|ENTITLEMENT)_SECRETS: (has|is not whsec_) ?/);
        expect(message).not.toMatch(/Q0FO|bydCB|short/);
      }
    },
  );
});

describe('the codec endpoint', () => {
  const token = '0123456789-0123456789-0123456789';
  const keys = { MOORING_ENCRYPTION_KEYS: generateKey() };

  it('is for whom MOORING_CODEC_TOKENS names', () => {
    const MOORING_CODEC_TOKENS = `ada:${token}, bob:${token}+/==`;
    const config = workerConfig({ ...worker, ...keys, MOORING_CODEC_TOKENS });
    expect([...config.MOORING_CODEC_TOKENS!]).toEqual([
      ['ada', token],
      ['bob', `${token}+/==`],
    ]);
  });

  it('needs keys with its tokens, and tokens with its origins', () => {
    const MOORING_CODEC_TOKENS = `ada:${token}`;
    expect(refusal(gatewayConfig, { ...gateway, MOORING_CODEC_TOKENS })).toMatch(
      /^MOORING_ENCRYPTION_KEYS: /,
    );
    const MOORING_CODEC_ORIGINS = 'https://temporal.example';
    expect(refusal(workerConfig, { ...worker, ...keys, MOORING_CODEC_ORIGINS })).toMatch(
      /^MOORING_CODEC_TOKENS: /,
    );
  });

  it.each([token, `ada:${token.slice(1)}`, `ada:${token},ada:${token}x`, `ada:${token} x`])(
    'takes no %s, and quotes nothing of it',
    (MOORING_CODEC_TOKENS) => {
      const message = refusal(workerConfig, { ...worker, ...keys, MOORING_CODEC_TOKENS });
      expect(message).toMatch(/^MOORING_CODEC_TOKENS: entry [12] /);
      expect(message).not.toContain('0123');
    },
  );
});

describe('a port', () => {
  it.each(['0', '1', '65535'])('may be %s', (MOORING_GATEWAY_PORT) => {
    const config = gatewayConfig({ ...gateway, MOORING_GATEWAY_PORT });
    expect(config.MOORING_GATEWAY_PORT).toBe(Number(MOORING_GATEWAY_PORT));
  });

  it.each(['-1', '65536', '80.5', 'http'])('may not be %s', (MOORING_GATEWAY_PORT) => {
    const message = refusal(gatewayConfig, { ...gateway, MOORING_GATEWAY_PORT });
    expect(message).toMatch(/^MOORING_GATEWAY_PORT: /);
  });
});

describe('a value that is refused', () => {
  const canary = 'c4n4ry';

  it.each([
    ['MOORING_ENCRYPTION_KEYS', `k:${canary}`],
    ['MOORING_ENCRYPTION_KEYS', canary],
    ['MOORING_TOKEN_KEYS', `${canary}:${canary}`],
    ['MOORING_ID_KEY', canary],
    ['MOORING_TASK_QUEUE', canary.repeat(40)],
    ['MOORING_ALLOW_PLAINTEXT', canary],
    ['MOORING_LOG_LEVEL', canary],
    ['COMPOSIO_BASE_URL', `https://ada:${canary}@api.example`],
    ['MOORING_PUBLIC_URL', canary],
    ['MOORING_OPS_PORT', canary],
    ['COMPOSIO_API_KEY_FILE', `/nowhere/${canary}`],
  ])('of %s is never quoted', (name, value) => {
    const message = refusal(workerConfig, { ...worker, [name]: value });
    expect(message).toMatch(new RegExp(`^${name}: `));
    expect(message).not.toContain(canary);
  });

  it('of MOORING_RETURN_ORIGINS is never quoted', () => {
    const MOORING_RETURN_ORIGINS = `https://ada:${canary}@app.example`;
    const message = refusal(workerConfig, { ...worker, MOORING_RETURN_ORIGINS });
    expect(message).not.toContain(canary);
  });
});

describe('MOORING_EVENT_ENDPOINTS', () => {
  const key = Buffer.alloc(32, 'CANARY').toString('base64');
  const good = { name: 'app', url: 'https://app.example/hooks', secrets: [`whsec_${key}`] };
  const read = (...endpoints: unknown[]) =>
    workerConfig({ ...worker, MOORING_EVENT_ENDPOINTS: JSON.stringify(endpoints) });

  it('is a list of endpoints, by default none, and may come from a file', () => {
    expect(workerConfig(worker).MOORING_EVENT_ENDPOINTS).toEqual([]);
    const filtered = { ...good, name: 'b-2', events: ['connect.active'], allowPrivate: true };
    expect(read(good, filtered).MOORING_EVENT_ENDPOINTS).toEqual([good, filtered]);
    const MOORING_EVENT_ENDPOINTS_FILE = file('endpoints', JSON.stringify([good]));
    const config = workerConfig({ ...worker, MOORING_EVENT_ENDPOINTS_FILE });
    expect(config.MOORING_EVENT_ENDPOINTS).toEqual([good]);
  });

  it('tells workflows the names and filters, and nothing else', () => {
    const [all, some] = [good, { ...good, events: ['connect.active' as const] }].map(endpointFacts);
    expect(all).toEqual({ name: 'app' });
    expect(some).toEqual({ name: 'app', events: ['connect.active'] });
  });

  it('takes plain http for an address that may be private, and no other', () => {
    const url = 'http://backend:3000/hooks';
    expect(read({ ...good, url, allowPrivate: true }).MOORING_EVENT_ENDPOINTS).toHaveLength(1);
    expect(refusal(() => read({ ...good, url }), {})).toContain('entry 1 url: is plain http');
  });

  it.each([
    ['entry 2 has the name of an earlier one', [good, good]],
    ['entry 2 name: ', [good, { ...good, name: 'App' }]],
    ['entry 1 name: ', [{ ...good, name: 'a'.repeat(41) }]],
    ['entry 1 url: ', [{ ...good, url: 'https://user:CANARY@app.example' }]],
    ['entry 1 url: ', [{ ...good, url: 'ftp://app.example/CANARY' }]],
    ['entry 1 secrets: is empty', [{ ...good, secrets: [] }]],
    ['entry 1 secrets: has more than two', [{ ...good, secrets: Array(3).fill(good.secrets[0]) }]],
    ['entry 1 secrets.0: is not whsec_', [{ ...good, secrets: [key] }]],
    ['entry 1 secrets.0: is not whsec_', [{ ...good, secrets: ['whsec_Q0FOQVJZ'] }]],
    ['entry 1 secrets: ', [{ ...good, secrets: `whsec_${key}` }]],
    ['entry 1 events.0: ', [{ ...good, events: ['CANARY'] }]],
    ['entry 1 events: is empty', [{ ...good, events: [] }]],
    ['entry 1 has an unknown field', [{ ...good, [`whsec_${key}`]: 1 }]],
    ['entry 1', ['CANARY']],
  ])('is refused with its place and without its words: %s', (place, endpoints) => {
    const message = refusal(() => read(...endpoints), {});
    expect(message).toContain(`MOORING_EVENT_ENDPOINTS: ${place}`);
    expect(message).not.toMatch(/CANARY|whsec_Q/);
    expect(message).not.toContain(key);
  });

  it.each([
    ['{"name": "app"}', 'is not a JSON array'],
    ['[{"name": CANARY', 'is not JSON'],
  ])('is refused when it is no list', (MOORING_EVENT_ENDPOINTS, what) => {
    const message = refusal(workerConfig, { ...worker, MOORING_EVENT_ENDPOINTS });
    expect(message).toBe(`MOORING_EVENT_ENDPOINTS: ${what}`);
  });
});
