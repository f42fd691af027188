import type { AccountSnapshot } from '../../src/domain/account.ts';

/** An ACTIVE account of Ada, with the given changes. */
export function row(change: Partial<AccountSnapshot> = {}): AccountSnapshot {
  return {
    id: 'ca_1',
    userId: 'ada',
    authConfigId: 'ac_1',
    toolkit: 'gmail',
    status: 'ACTIVE',
    statusReason: null,
    alias: null,
    accountType: 'PRIVATE',
    createdAt: '2026-01-01T00:00:00Z',
    ...change,
  };
}
