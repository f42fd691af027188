import type { AuthConfig } from './auth-configs.ts';
import type { Tokens } from './provider/client.ts';

export const accountStatuses = [
  'INITIALIZING',
  'INITIATED',
  'ACTIVE',
  'FAILED',
  'EXPIRED',
  'INACTIVE',
  'REVOKED',
] as const;
export type AccountStatus = (typeof accountStatuses)[number];
export type AccountType = 'PRIVATE' | 'SHARED';

/** One row, deleted ones included: a delete only hides it. */
export interface Account {
  /** Creation order; the cursor of `created_at`. */
  seq: number;
  /** Order of the last change; the cursor of `updated_at`. */
  touched: number;
  id: string;
  userId: string;
  authConfig: AuthConfig;
  alias: string | null;
  accountType: AccountType;
  status: AccountStatus;
  statusReason: string | null;
  createdAt: number;
  updatedAt: number;
  /** End of the attempt; means something only while the account is pending. */
  expiresAt: number;
  deleted: boolean;
  /** Was ACTIVE once: only an attempt that never was can be revived. */
  everActive: boolean;
  tokens: Tokens | null;
}

export interface NewAccount {
  userId: string;
  authConfig: AuthConfig;
  alias: string | null;
  accountType: AccountType;
  status: AccountStatus;
  statusReason: string | null;
  expiresAt: number;
}

export function isPending(account: Account): boolean {
  return !account.deleted && (account.status === 'INITIALIZING' || account.status === 'INITIATED');
}
