import type { StoredAuthConfig } from './auth-configs.ts';
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

/** Who besides its owner may use a SHARED account, in the API's own form (§8). */
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

/** One account row. Deleted ones stay: a delete only hides the row. */
export interface Account {
  /** Creation order; the cursor of `created_at`. */
  seq: number;
  /** Order of the last change; the cursor of `updated_at`. */
  touched: number;
  id: string;
  userId: string;
  authConfig: StoredAuthConfig;
  alias: string | null;
  /** Null: PRIVATE. */
  acl: Acl | null;
  status: AccountStatus;
  statusReason: string | null;
  createdAt: number;
  updatedAt: number;
  /** End of the attempt; it has a meaning only while the account is pending. */
  expiresAt: number;
  deleted: boolean;
  /** Was ACTIVE once. Only an attempt that never was can be revived. */
  everActive: boolean;
  /** Counts the redirect URLs: a refresh that restarts the authorization ends earlier ones. */
  attempt: number;
  /** The scopes of the last attempt. */
  requestedScopes: readonly string[];
  values: Values;
  tokens: Tokens | null;
  /** The kind of its grant while `tokens` is null; only for rows seeded in bulk. */
  promised: PromisedGrant | null;
  /** Background renewals in a row that the provider did not answer. */
  renewalFailures: number;
  /** Who consented at the provider; outlives the tokens. */
  person: string | null;
}

/**
 * A grant that no caller has needed yet. `provider`: a living one, created there when it is first
 * needed, as a million consents would take minutes. `dead`: the same, but killed there. `sandbox`:
 * one that the sandbox answers for, without the provider's cost.
 */
export type PromisedGrant = 'provider' | 'dead' | 'sandbox';

export type NewAccount = Pick<
  Account,
  'userId' | 'authConfig' | 'alias' | 'acl' | 'status' | 'statusReason' | 'expiresAt' | 'values'
>;

/** A new row. Field by field: spreading this many takes twenty times as long. */
export function newAccount(
  fields: NewAccount & Pick<Account, 'seq' | 'touched' | 'id' | 'createdAt'>,
): Account {
  return {
    seq: fields.seq,
    touched: fields.touched,
    id: fields.id,
    userId: fields.userId,
    authConfig: fields.authConfig,
    alias: fields.alias,
    acl: fields.acl,
    status: fields.status,
    statusReason: fields.statusReason,
    values: fields.values,
    createdAt: fields.createdAt,
    expiresAt: fields.expiresAt,
    updatedAt: fields.createdAt,
    deleted: false,
    everActive: fields.status === 'ACTIVE',
    attempt: 1,
    requestedScopes: fields.authConfig.scopes,
    tokens: null,
    promised: null,
    renewalFailures: 0,
    person: null,
  };
}

export function isPending({ deleted, status }: Pick<Account, 'deleted' | 'status'>): boolean {
  return !deleted && (status === 'INITIALIZING' || status === 'INITIATED');
}

export function accountType({ acl }: Pick<Account, 'acl'>): AccountType {
  return acl === null ? 'PRIVATE' : 'SHARED';
}
