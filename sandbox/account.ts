import type { AuthConfig } from './auth-configs.ts';
import type { Values } from './fields.ts';
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

/** Who may use a SHARED account beside its owner, in the API's own form (§8). */
export interface Acl {
  allow_all_users: boolean;
  allowed_user_ids: string[];
  not_allowed_user_ids: string[];
}

export const emptyAcl: Acl = {
  allow_all_users: false,
  allowed_user_ids: [],
  not_allowed_user_ids: [],
};

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
  /** Null: PRIVATE. */
  acl: Acl | null;
  status: AccountStatus;
  statusReason: string | null;
  createdAt: number;
  updatedAt: number;
  /** End of the attempt; means something only while the account is pending. */
  expiresAt: number;
  deleted: boolean;
  /** Was ACTIVE once: only an attempt that never was can be revived. */
  everActive: boolean;
  values: Values;
  tokens: Tokens | null;
  /** Who consented at the provider; outlives the tokens. */
  person: string | null;
}

export type NewAccount = Pick<
  Account,
  'userId' | 'authConfig' | 'alias' | 'acl' | 'status' | 'statusReason' | 'expiresAt' | 'values'
>;

export function isPending(account: Account): boolean {
  return !account.deleted && (account.status === 'INITIALIZING' || account.status === 'INITIATED');
}

export function accountType({ acl }: Account): AccountType {
  return acl === null ? 'PRIVATE' : 'SHARED';
}
