import { describe, expect, it } from 'vitest';
import type { ConnectUserRequest } from '../../../src/domain/connection.ts';
import { differingField } from '../../../src/workflows/joining.ts';

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
  ] as const)('with another %s may not join', (field, other) => {
    expect(differingField(open, { ...open, ...other })).toBe(field);
    expect(differingField({ ...open, ...other }, open)).toBe(field);
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
  ] as const)('without the %s of the first may not join', (field) => {
    const { [field]: _, ...without } = open;
    expect(differingField(open, without)).toBe(field);
    expect(differingField(without, open)).toBe(field);
  });

  it('that wants the same, and differs in what is the first caller’s alone, may join', () => {
    const own = { metadata: { plan: 'pro' }, waitMs: 1_000, timings: { looks: 0 }, requestId: 'x' };
    expect(differingField(open, { ...open, ...own })).toBeNull();
  });

  it.each([
    ['method', { method: { link: {} } }],
    ['onExisting', { onExisting: 'fail' }],
    ['confirm', { confirm: 'none' }],
  ] as const)('may leave out the default %s, or spell it out', (_, spelled) => {
    const short = { userId: 'user_1', authConfigId: 'ac_gmail' };
    expect(differingField(short, { ...short, ...spelled })).toBeNull();
    expect(differingField({ ...short, ...spelled }, short)).toBeNull();
  });
});
