import { describe, expect, it } from 'vitest';
import type { ConnectUserRequest } from '../../../src/domain/connect/connect.ts';
import { differingField, accessAsked, connectAsked } from '../../../src/domain/same-request.ts';
const open: ConnectUserRequest = {
  userId: 'user_1',
  authConfigId: 'ac_gmail',
  method: { existing: { connectedAccountId: 'ca_1' } },
  onExisting: 'reuse',
  returnUrl: 'https://app.example/done',
  callbackUrl: 'https://app.example/callback',
  alias: 'work',
  replaces: 'ca_1',
  sameIdentity: 'warn',
  sharing: { allowedUserIds: ['user_2'] },
  confirm: 'required',
};

/** The field in which two connect requests differ. */
function difference(first: ConnectUserRequest, second: ConnectUserRequest, ifUnknown = false) {
  return differingField(connectAsked(first), connectAsked(second), ifUnknown);
}

describe('a second call', () => {
  it.each([
    ['userId', { userId: 'user_2' }],
    ['authConfigId', { authConfigId: 'ac_github' }],
    ['method', { method: { existing: { connectedAccountId: 'ca_2' } } }],
    ['method', { method: { link: {} } }],
    ['onExisting', { onExisting: 'fail' }],
    ['returnUrl', { returnUrl: 'https://app.example/elsewhere' }],
    ['callbackUrl', { callbackUrl: 'https://app.example/elsewhere' }],
    ['alias', { alias: 'home' }],
    ['replaces', { replaces: 'ca_2' }],
    ['sameIdentity', { sameIdentity: 'ignore' }],
    ['sharing', { sharing: { allowAllUsers: true } }],
    ['confirm', { confirm: 'none' }],
  ] as const)('with another %s cannot join', (field, other) => {
    expect(difference(open, { ...open, ...other })).toBe(field);
    expect(difference({ ...open, ...other }, open)).toBe(field);
  });

  it.each([
    'method',
    'onExisting',
    'returnUrl',
    'callbackUrl',
    'alias',
    'replaces',
    'sameIdentity',
    'sharing',
    'confirm',
  ] as const)('without the %s of the first one cannot join', (field) => {
    const { [field]: _, ...without } = open;
    expect(difference(open, without)).toBe(field);
    expect(difference(without, open)).toBe(field);
  });

  it('that differs only in fields of the first caller can join', () => {
    const own = { metadata: { plan: 'pro' }, waitMs: 1_000, timings: { looks: 0 }, requestId: 'x' };
    expect(difference(open, { ...open, ...own })).toBeNull();
  });

  it.each([
    ['method', { method: { link: {} } }],
    ['onExisting', { onExisting: 'fail' }],
    ['confirm', { confirm: 'none' }],
  ] as const)('can leave out the default %s, or spell it out', (_, spelled) => {
    const short = { userId: 'user_1', authConfigId: 'ac_gmail' };
    expect(difference(short, { ...short, ...spelled })).toBeNull();
    expect(difference({ ...short, ...spelled }, short)).toBeNull();
  });
});

describe('credentials', () => {
  const sealedAs = (sealed: string, digests?: Record<string, string>): ConnectUserRequest => ({
    userId: 'user_1',
    authConfigId: 'ac_key',
    method: {
      initiate: { authScheme: 'API_KEY', credentials: { sealed, ...(digests && { digests }) } },
    },
  });
  const first = sealedAs('k1.one', { k1: 'a' });

  it.each([
    ['are the same under the same key', sealedAs('k1.two', { k1: 'a' }), null],
    ['are the same under a key in common', sealedAs('k2.two', { k2: 'b', k1: 'a' }), null],
    ['differ under the same key', sealedAs('k1.one', { k1: 'b' }), 'method'],
    ['differ, whatever another key says', sealedAs('k2.two', { k2: 'a', k1: 'b' }), 'method'],
  ])('%s', (_, second, field) => {
    expect(difference(first, second)).toBe(field);
    expect(difference(second, first, true)).toBe(field);
  });

  it.each([
    ['without a key in common', sealedAs('k2.two', { k2: 'b' })],
    ['of a caller that sends no digests', sealedAs('k1.one')],
  ])('%s may be the same or not', (_, second) => {
    expect(difference(first, second)).toBe('method');
    expect(difference(first, second, true)).toBeNull();
  });

  it('appear in no answer, sealed or not', () => {
    expect(JSON.stringify(connectAsked(first))).not.toContain('k1.one');
  });

  it('of another scheme differ', () => {
    const { method } = first as { method: { initiate: object } };
    const other = { ...first, method: { initiate: { ...method.initiate, authScheme: 'BASIC' } } };
    expect(difference(first, other as ConnectUserRequest, true)).toBe('method');
  });
});

it('a request about a user’s access differs by its kind, its time and its actor', () => {
  const lapse = { userId: 'user_1', request: 'lapse', graceMs: 1_000, actor: 'billing' } as const;
  const differs = (other: object) =>
    differingField(accessAsked(lapse), accessAsked({ ...lapse, ...other }));
  expect(differs({ request: 'renew' })).toBe('request');
  expect(differs({ graceMs: 2_000 })).toBe('graceMs');
  expect(differs({ actor: 'support' })).toBe('actor');
  expect(differs({ dryRun: true })).toBe('dryRun');
  expect(differs({ dryRun: false })).toBeNull();
});

it('an unchecked request can be compared, with any content', () => {
  for (const odd of [null, 7, 'text', { method: null }, { method: { link: null } }]) {
    expect(differingField(connectAsked(odd as never), connectAsked(odd as never))).toBeNull();
  }
});
