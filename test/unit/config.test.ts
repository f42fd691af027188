import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type MooringEnvironment,
  readGatewayConfig,
  readTemporalConfig,
  readWorkerConfig,
} from '../../src/config.ts';
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

/** The message that an operator reads when a part starts with this environment. */
function refusal(
  read: (environment: MooringEnvironment) => unknown,
  environment: MooringEnvironment,
): string {
  try {
    read(environment);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_INVALID_INPUT' });
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

describe('a variable X_FILE', () => {
  it('names a file that holds X; blanks and line breaks around the value do not count', () => {
    const COMPOSIO_API_KEY_FILE = file('api-key', ' ak_from_file\n');
    expect(readWorkerConfig({ COMPOSIO_API_KEY_FILE }).COMPOSIO_API_KEY).toBe('ak_from_file');
  });

  it('has priority over X', () => {
    const COMPOSIO_API_KEY_FILE = file('api-key', 'ak_from_file');
    const { COMPOSIO_API_KEY } = readWorkerConfig({ ...worker, COMPOSIO_API_KEY_FILE });
    expect(COMPOSIO_API_KEY).toBe('ak_from_file');
  });

  it('is refused with name and reason if the file cannot be read, and X is not used instead', () => {
    const missing = { ...worker, COMPOSIO_API_KEY_FILE: join(directory, 'missing') };
    const message = 'COMPOSIO_API_KEY_FILE: cannot be read (ENOENT)';
    expect(refusal(readWorkerConfig, missing)).toBe(message);
    const folder = { COMPOSIO_API_KEY_FILE: directory };
    expect(refusal(readWorkerConfig, folder)).toBe(
      'COMPOSIO_API_KEY_FILE: cannot be read (EISDIR)',
    );
  });

  it('leaves X unset if the file is empty', () => {
    const COMPOSIO_API_KEY_FILE = file('empty', '\n');
    expect(refusal(readWorkerConfig, { COMPOSIO_API_KEY_FILE })).toBe(
      'COMPOSIO_API_KEY: is not set',
    );
  });
});

describe('an empty value', () => {
  it('counts as unset, because compose files pass on empty variables', () => {
    const names = Object.keys(readWorkerConfig(worker));
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(readWorkerConfig({ ...empty, ...worker })).toEqual(readWorkerConfig(worker));
    expect(refusal(readWorkerConfig, { COMPOSIO_API_KEY: '' })).toBe(
      'COMPOSIO_API_KEY: is not set',
    );
  });

  it('of X_FILE also counts as unset', () => {
    expect(readWorkerConfig({ ...worker, COMPOSIO_API_KEY_FILE: '' })).toEqual(
      readWorkerConfig(worker),
    );
  });
});

describe('a missing variable', () => {
  it('is reported together with all other mistakes', () => {
    const environment = { MOORING_OPS_PORT: '-1' };
    const message = refusal(readWorkerConfig, environment);
    expect(message).toContain('COMPOSIO_API_KEY: is not set');
    expect(message).toContain('MOORING_OPS_PORT: ');
    expect(refusal(readGatewayConfig, {})).toBe('MOORING_TOKEN_KEYS: is not set');
  });

  it('is the key of the callback tokens if a worker has a public URL', () => {
    const environment = { ...worker, MOORING_PUBLIC_URL: 'https://connect.example' };
    expect(refusal(readWorkerConfig, environment)).toMatch(
      /^MOORING_TOKEN_KEYS: .*MOORING_PUBLIC_URL/,
    );
    const { MOORING_TOKEN_KEYS } = readWorkerConfig({ ...environment, ...gateway });
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
    const config = readTemporalConfig({ MOORING_ALLOW_PLAINTEXT });
    expect(config.MOORING_ALLOW_PLAINTEXT).toBe(allowed);
  });

  it.each(['yes', 'TRUE', 'off'])('%s is refused, not guessed', (value) => {
    const message = refusal(readTemporalConfig, { MOORING_ALLOW_PLAINTEXT: value });
    expect(message).toMatch(/^MOORING_ALLOW_PLAINTEXT: /);
  });
});

describe('MOORING_PUBLIC_URL', () => {
  it.each([
    'https://connect.example/?a=b',
    'https://connect.example/#a',
    'https://connect.example?',
  ])('%s is refused, because paths are appended to it', (MOORING_PUBLIC_URL) => {
    const environment = { ...worker, ...gateway, MOORING_PUBLIC_URL };
    expect(refusal(readWorkerConfig, environment)).toMatch(/^MOORING_PUBLIC_URL: has a query/);
    expect(refusal(readGatewayConfig, environment)).toMatch(/^MOORING_PUBLIC_URL: has a query/);
  });

  it('may have a path, and loses its trailing slashes', () => {
    const environment = { ...gateway, MOORING_PUBLIC_URL: 'https://connect.example/a@b//' };
    expect(readGatewayConfig(environment).MOORING_PUBLIC_URL).toBe('https://connect.example/a@b');
  });
});

describe('MOORING_RETURN_ORIGINS', () => {
  const read = (text: string) =>
    readGatewayConfig({ ...gateway, MOORING_RETURN_ORIGINS: text }).MOORING_RETURN_ORIGINS;

  it('is a comma-separated list of origins as browsers write them', () => {
    expect(read('https://app.example, http://localhost:3000,')).toEqual([
      'https://app.example',
      'http://localhost:3000',
    ]);
    expect(readGatewayConfig(gateway).MOORING_RETURN_ORIGINS).toEqual([]);
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
  ])('may not contain %s', (text) => {
    const MOORING_RETURN_ORIGINS = `https://fine.example,${text}`;
    const message = refusal(readGatewayConfig, { ...gateway, MOORING_RETURN_ORIGINS });
    expect(message).toMatch(/^MOORING_RETURN_ORIGINS: /);
  });
});

describe('MOORING_RETURN_ORIGINS, which has no wildcards,', () => {
  it.each(['https://*', 'https://*.app.example'])('may not contain %s', (text) => {
    const message = refusal(readGatewayConfig, { ...gateway, MOORING_RETURN_ORIGINS: text });
    expect(message).toMatch(/^MOORING_RETURN_ORIGINS: /);
  });
});

describe('MOORING_WEBHOOK_SECRETS', () => {
  const secret = 'whsec_composio-s-own-text';
  const secretsOf = (text: string) =>
    readGatewayConfig({ ...gateway, MOORING_WEBHOOK_SECRETS: text }).MOORING_WEBHOOK_SECRETS;

  it('is one secret, or two during a rotation; without it there are no webhooks', () => {
    expect(readGatewayConfig(gateway).MOORING_WEBHOOK_SECRETS).toBeUndefined();
    expect(secretsOf(secret)).toEqual([secret]);
    expect(secretsOf(`${secret}, of-before-the-rotation`)).toEqual([
      secret,
      'of-before-the-rotation',
    ]);
  });

  it.each(['short', `${secret},`, `${secret},${secret}2,${secret}3`])('may not be %s', (text) => {
    const message = refusal(readGatewayConfig, { ...gateway, MOORING_WEBHOOK_SECRETS: text });
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
    expect(readGatewayConfig(gateway).MOORING_BILLING_SECRETS).toBeUndefined();
    expect(readWorkerConfig(worker).MOORING_ENTITLEMENT_URL).toBeUndefined();
  });

  it('has one secret for each direction, or two during a rotation, also from a file', () => {
    const asked = readWorkerConfig({ ...worker, ...hook });
    expect(asked.MOORING_ENTITLEMENT_SECRETS).toEqual([secret]);
    const MOORING_BILLING_SECRETS_FILE = file('billing-secrets', `${secret}, ${other}\n`);
    const told = { ...gateway, MOORING_ENTITLEMENT_URL, MOORING_BILLING_SECRETS_FILE };
    expect(readGatewayConfig(told).MOORING_BILLING_SECRETS).toEqual([secret, other]);
  });

  it('is refused by the gateway if no entitlement hook is set', () => {
    const alone = { ...gateway, MOORING_BILLING_SECRETS: secret };
    expect(refusal(readGatewayConfig, alone)).toMatch(/^MOORING_ENTITLEMENT_URL: is needed with /);
  });

  it('needs the hook’s URL with its secrets, and secrets with the URL', () => {
    const url = { ...worker, MOORING_ENTITLEMENT_URL };
    expect(refusal(readWorkerConfig, url)).toMatch(/^MOORING_ENTITLEMENT_SECRETS: is needed with /);
    const secrets = { ...worker, MOORING_ENTITLEMENT_SECRETS: secret };
    expect(refusal(readWorkerConfig, secrets)).toMatch(/^MOORING_ENTITLEMENT_URL: is needed with /);
  });

  it('calls the hook over plain http only if private addresses are allowed', () => {
    const plain = {
      ...worker,
      ...hook,
      MOORING_ENTITLEMENT_URL: 'http://backend:3000/entitlement',
    };
    expect(refusal(readWorkerConfig, plain)).toMatch(/^MOORING_ENTITLEMENT_URL: is plain http/);
    const allowed = { ...plain, MOORING_ENTITLEMENT_ALLOW_PRIVATE: '1' };
    expect(readWorkerConfig(allowed).MOORING_ENTITLEMENT_ALLOW_PRIVATE).toBe(true);
  });

  it.each(['short', 'whsec_Q0FOQVJZ', `${secret},`, `${secret},${other},${other}`])(
    'accepts no secret like %s, and quotes no part of it',
    (text) => {
      const told = { ...gateway, MOORING_ENTITLEMENT_URL, MOORING_BILLING_SECRETS: text };
      const asked = { ...worker, ...hook, MOORING_ENTITLEMENT_SECRETS: text };
      for (const message of [refusal(readGatewayConfig, told), refusal(readWorkerConfig, asked)]) {
        expect(message).toMatch(/^MOORING_(BILLING|ENTITLEMENT)_SECRETS: (has|is not whsec_) ?/);
        expect(message).not.toMatch(/Q0FO|bydCB|short/);
      }
    },
  );
});

describe('the codec endpoint', () => {
  const token = '0123456789-0123456789-0123456789';
  const keys = { MOORING_ENCRYPTION_KEYS: generateKey() };

  it('is open to the names in MOORING_CODEC_TOKENS', () => {
    const MOORING_CODEC_TOKENS = `ada:${token}, bob:${token}+/==`;
    const config = readWorkerConfig({ ...worker, ...keys, MOORING_CODEC_TOKENS });
    expect([...config.MOORING_CODEC_TOKENS!]).toEqual([
      ['ada', token],
      ['bob', `${token}+/==`],
    ]);
  });

  it('needs keys with its tokens, and tokens with its origins', () => {
    const MOORING_CODEC_TOKENS = `ada:${token}`;
    expect(refusal(readGatewayConfig, { ...gateway, MOORING_CODEC_TOKENS })).toMatch(
      /^MOORING_ENCRYPTION_KEYS: /,
    );
    const MOORING_CODEC_ORIGINS = 'https://temporal.example';
    expect(refusal(readWorkerConfig, { ...worker, ...keys, MOORING_CODEC_ORIGINS })).toMatch(
      /^MOORING_CODEC_TOKENS: /,
    );
  });

  it.each([token, `ada:${token.slice(1)}`, `ada:${token},ada:${token}x`, `ada:${token} x`])(
    'does not accept %s, and quotes no part of it',
    (MOORING_CODEC_TOKENS) => {
      const message = refusal(readWorkerConfig, { ...worker, ...keys, MOORING_CODEC_TOKENS });
      expect(message).toMatch(/^MOORING_CODEC_TOKENS: entry [12] /);
      expect(message).not.toContain('0123');
    },
  );
});

describe('a port', () => {
  it.each(['0', '1', '65535'])('may be %s', (MOORING_GATEWAY_PORT) => {
    const config = readGatewayConfig({ ...gateway, MOORING_GATEWAY_PORT });
    expect(config.MOORING_GATEWAY_PORT).toBe(Number(MOORING_GATEWAY_PORT));
  });

  it.each(['-1', '65536', '80.5', 'http'])('may not be %s', (MOORING_GATEWAY_PORT) => {
    const message = refusal(readGatewayConfig, { ...gateway, MOORING_GATEWAY_PORT });
    expect(message).toMatch(/^MOORING_GATEWAY_PORT: /);
  });
});

describe('a refused value', () => {
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
    const message = refusal(readWorkerConfig, { ...worker, [name]: value });
    expect(message).toMatch(new RegExp(`^${name}: `));
    expect(message).not.toContain(canary);
  });

  it('of MOORING_RETURN_ORIGINS is never quoted', () => {
    const MOORING_RETURN_ORIGINS = `https://ada:${canary}@app.example`;
    const message = refusal(readWorkerConfig, { ...worker, MOORING_RETURN_ORIGINS });
    expect(message).not.toContain(canary);
  });
});

describe('MOORING_EVENT_ENDPOINTS', () => {
  const key = Buffer.alloc(32, 'CANARY').toString('base64');
  const good = { name: 'app', url: 'https://app.example/hooks', secrets: [`whsec_${key}`] };
  const read = (...endpoints: unknown[]) =>
    readWorkerConfig({ ...worker, MOORING_EVENT_ENDPOINTS: JSON.stringify(endpoints) });

  it('is a list of endpoints, empty by default, and can come from a file', () => {
    expect(readWorkerConfig(worker).MOORING_EVENT_ENDPOINTS).toEqual([]);
    const filtered = { ...good, name: 'b-2', events: ['connect.active'], allowPrivate: true };
    expect(read(good, filtered).MOORING_EVENT_ENDPOINTS).toEqual([good, filtered]);
    const MOORING_EVENT_ENDPOINTS_FILE = file('endpoints', JSON.stringify([good]));
    const config = readWorkerConfig({ ...worker, MOORING_EVENT_ENDPOINTS_FILE });
    expect(config.MOORING_EVENT_ENDPOINTS).toEqual([good]);
  });

  it('gives workflows only the names and filters', () => {
    const [all, some] = [good, { ...good, events: ['connect.active' as const] }].map(endpointFacts);
    expect(all).toEqual({ name: 'app' });
    expect(some).toEqual({ name: 'app', events: ['connect.active'] });
  });

  it('accepts plain http only if the address may be private', () => {
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
  ])('is refused with the entry’s number and without its content: %s', (place, endpoints) => {
    const message = refusal(() => read(...endpoints), {});
    expect(message).toContain(`MOORING_EVENT_ENDPOINTS: ${place}`);
    expect(message).not.toMatch(/CANARY|whsec_Q/);
    expect(message).not.toContain(key);
  });

  it.each([
    ['{"name": "app"}', 'is not a JSON array'],
    ['[{"name": CANARY', 'is not JSON'],
  ])('is refused if it is no list', (MOORING_EVENT_ENDPOINTS, what) => {
    const message = refusal(readWorkerConfig, { ...worker, MOORING_EVENT_ENDPOINTS });
    expect(message).toBe(`MOORING_EVENT_ENDPOINTS: ${what}`);
  });
});
