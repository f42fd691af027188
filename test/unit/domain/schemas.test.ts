import { describe, expect, it } from 'vitest';
import { parseChange } from '../../../src/domain/change/schemas.ts';
import { parseDisconnectInput } from '../../../src/domain/disconnect/schemas.ts';
import { MooringError } from '../../../src/domain/errors.ts';
import { parseConnectUserInput } from '../../../src/domain/connect/schemas.ts';
import { parseRefreshInput } from '../../../src/domain/refresh/schemas.ts';
import { gatewayTimings, lookDelayMs, pollTimings } from '../../../src/domain/timings.ts';

const good = { userId: 'user_1', authConfigId: 'ac_gmail' };

function refusal(input: unknown): MooringError {
  try {
    parseConnectUserInput(input);
  } catch (error) {
    if (error instanceof MooringError) return error;
  }
  throw new Error('was not refused');
}

describe('the input of connectUser', () => {
  it('is returned unchanged if it breaks no rule', () => {
    const input = {
      ...good,
      method: { existing: { connectedAccountId: 'ca_1' } },
      onExisting: 'reuse',
      returnUrl: 'https://app.example/done?x=1',
      waitMs: 60_000,
      requestId: 'order-7',
      metadata: { plan: 'pro' },
      timings: { slackMs: 1_000 },
    };
    expect(parseConnectUserInput(input)).toEqual(input);
  });

  it.each([
    '',
    ' ada',
    'ada ',
    'a,b',
    'default',
    'a\nb',
    'a\u0000b',
    'a\u0085b',
    'x'.repeat(256),
    'ä'.repeat(128),
    '\ud800',
    undefined,
    null,
    7,
  ])('refuses the user id %j and names the field', (userId) => {
    expect(refusal({ ...good, userId })).toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field: 'userId' },
    });
    expect(refusal({ ...good, authConfigId: userId }).details.field).toBe('authConfigId');
  });

  it.each(['x'.repeat(101), 'x'.repeat(255), 'ca_1/2', 'ca 1', "ca_1'"])(
    'refuses the account id %j and names the field',
    (connectedAccountId) => {
      const { userId } = good;
      for (const parse of [
        parseRefreshInput,
        parseDisconnectInput,
        (input: object) => parseChange('enable', input),
      ]) {
        expect(() => parse({ userId, connectedAccountId })).toThrow('connectedAccountId: is');
      }
      const existing = { ...good, method: { existing: { connectedAccountId } } };
      expect(refusal(existing).details.field).toBe('method.existing.connectedAccountId');
      expect(refusal({ ...good, replaces: connectedAccountId }).details.field).toBe('replaces');
    },
  );

  it.each([
    'javascript:alert(1)',
    'ftp://x.example/',
    '//evil.example',
    'https:evil.example',
    'https:///evil.example',
    'https://app.example\\@evil.example',
    'https://user:pass@app.example/',
    'https://app.example/ x',
    'https://app.example/\t',
    'not a url',
    `https://app.example/${'x'.repeat(2_000)}`,
  ])('refuses the URL %j', (url) => {
    expect(refusal({ ...good, returnUrl: url }).details.field).toBe('returnUrl');
    expect(refusal({ ...good, callbackUrl: url }).details.field).toBe('callbackUrl');
  });

  it('refuses a return URL together with a callback URL', () => {
    const url = 'https://app.example/done';
    expect(refusal({ ...good, returnUrl: url, callbackUrl: url }).details.field).toBe('returnUrl');
  });

  it('refuses an unknown key by its name', () => {
    expect(refusal({ ...good, tpyo: 'x' }).details.field).toBe('tpyo');
    expect(refusal({ ...good, method: { link: { tpyo: 'x' } } }).details.field).toBe(
      'method.link.tpyo',
    );
  });

  it('accepts all fields that can be combined', () => {
    const input = {
      ...good,
      alias: 'Work, mostly',
      method: {
        initiate: { authScheme: 'OAUTH2', val: { status: 'INITIALIZING', subdomain: 'a' } },
      },
      onExisting: 'add',
      returnUrl: 'https://app.example/done',
      replaces: 'ca_1',
      sameIdentity: 'warn',
      sharing: { allowAllUsers: true, notAllowedUserIds: ['eve'] },
      confirm: 'required',
    };
    expect(parseConnectUserInput(input)).toEqual(input);
  });

  const withoutKey = { initiate: { authScheme: 'API_KEY', val: { status: 'ACTIVE' } } };
  const existing = { existing: { connectedAccountId: 'ca_1' } };
  const tooMany = Array.from({ length: 1_001 }, (_, i) => `user_${i}`);
  it.each<[string, object]>([
    ['method', { method: { initiate: 'API_KEY' } }],
    ['method.initiate.authScheme', { method: { initiate: { authScheme: 'MAGIC', val: {} } } }],
    ['method.initiate.val', { method: withoutKey }],
    ['onExisting', { onExisting: 'replace' }],
    ['alias', { onExisting: 'add' }],
    ['alias', { alias: '' }],
    ['alias', { alias: ' work' }],
    ['alias', { alias: 'mooring-x' }],
    ['alias', { alias: 'x'.repeat(256) }],
    ['alias', { alias: 'work', method: existing }],
    ['sharing', { sharing: {} }],
    ['sharing', { sharing: { allowAllUsers: true }, method: existing }],
    ['sharing.allowedUserIds', { sharing: { allowAllUsers: true, allowedUserIds: ['bob'] } }],
    ['sharing.allowedUserIds', { sharing: { allowedUserIds: tooMany } }],
    ['sharing.notAllowedUserIds.0', { sharing: { notAllowedUserIds: [''] } }],
    ['sharing.notAllowedUserIds.0', { sharing: { notAllowedUserIds: ['x'.repeat(257)] } }],
    ['sameIdentity', { sameIdentity: 'warn' }],
    ['confirm', { confirm: 'required' }],
    ['replaces', { replaces: 'a,b' }],
    [
      'method.link.connectionData.subdomain',
      { method: { link: { connectionData: { subdomain: 1 } } } },
    ],
  ])('refuses a field that breaks a rule of %s: %#', (field, input) => {
    const error = refusal({ ...good, ...input });
    expect(error.code).toBe('ERR_INVALID_INPUT');
    expect(error.details.field).toContain(field);
  });

  it('refuses a timing below one second, which Temporal cannot keep', () => {
    expect(refusal({ ...good, timings: { slackMs: 999 } }).details.field).toBe('timings.slackMs');
  });

  it.each([null, undefined, 'text', []])('refuses %j as a whole', (input) => {
    expect(refusal(input).code).toBe('ERR_INVALID_INPUT');
  });

  it('never repeats a refused value, which may be a secret', () => {
    const secret = 'sk-canary-value';
    const error = refusal({ ...good, returnUrl: `https://${secret}@x.example`, [secret]: 1 });
    expect(`${error.message} ${error.stack}`).not.toContain(`${secret}@`);
  });
});

describe('the reads of an attempt', () => {
  it('are 30 s, 1, 2 and 4 minutes apart with a gateway, and then stop', () => {
    const delays = [1, 2, 3, 4, 5].map((n) => lookDelayMs(gatewayTimings, n));
    expect(delays).toEqual([30_000, 60_000, 120_000, 240_000, null]);
  });

  it('slow down from 2 s to a minute without a gateway, and cover the whole life of the link', () => {
    const delays = Array.from(
      { length: pollTimings.looks },
      (_, i) => lookDelayMs(pollTimings, i + 1) ?? 0,
    );
    expect(delays.slice(0, 3)).toEqual([2_000, 3_000, 4_500]);
    expect(Math.max(...delays)).toBe(60_000);
    expect(delays.reduce((sum, delay) => sum + delay)).toBeGreaterThan(690_000);
  });
});
