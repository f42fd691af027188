import {
  type Account,
  type AccountStatus,
  type AccountType,
  type Acl,
  emptyAcl,
  type PromisedGrant,
} from './account.ts';
import { redirects, type StoredAuthConfig } from './auth-configs.ts';
import type { State } from './state.ts';

export interface SeededAccount {
  userId: string;
  authConfigId: string;
  /** Default ACTIVE. */
  status?: AccountStatus;
  alias?: string;
  accountType?: AccountType;
  /** Makes it SHARED. */
  acl?: Partial<Acl>;
  /**
   * Who consented at the provider; null: unknown. Default: one person per user, if there is a
   * provider.
   */
  person?: string | null;
  /** Gives it a living grant, or none. Default: a living one for ACTIVE and INACTIVE. */
  grant?: 'alive' | 'none';
}

/** Many accounts at once. Shares are relative to their sum, exact, and spread evenly. */
export interface SeededAccounts {
  count: number;
  /** How many users share them, from `{userPrefix}0`; default one each. */
  users?: number;
  /** Default `bulk_`. */
  userPrefix?: string;
  /** Shares by auth config id; default all of ac_gmail. */
  authConfigs?: Record<string, number>;
  /** Default all ACTIVE. */
  kinds?: SeededKind[];
  /** How long ago all of them were connected and last changed; default now. */
  ageMs?: number;
}

interface SeededKind {
  share: number;
  status: AccountStatus;
  /** Default: the contract's own for that status. */
  statusReason?: string;
  /** From an attempt that no user finished, so without any grant. */
  neverActive?: boolean;
  /** Default `provider` for ACTIVE and INACTIVE, else `dead`. */
  grant?: PromisedGrant;
}

/** The contract's own reason for each status. */
export const reasons: Record<AccountStatus, string | null> = {
  INITIALIZING: null,
  INITIATED: null,
  ACTIVE: null,
  FAILED: 'OAuth callback failed during token exchange',
  EXPIRED: 'Permanent auth error during token refresh',
  INACTIVE: 'Connection status updated by user',
  REVOKED: 'Revoked via user-initiated revoke endpoint',
};

const hasBeenActive = new Set<AccountStatus>(['ACTIVE', 'INACTIVE', 'EXPIRED', 'REVOKED']);
const holdsGrant = new Set<AccountStatus>(['ACTIVE', 'INACTIVE']);

export const control = { by: 'control', requestId: null } as const;

/** Seeds an account without calls; if it has credentials, with a real grant. */
export async function seedAccount(state: State, row: SeededAccount): Promise<Account> {
  const { accounts, client, clock, settings } = state;
  const authConfig = authConfigOf(state, row.authConfigId);
  const { userId, status = 'ACTIVE', alias = null, acl } = row;
  const isShared = row.accountType === 'SHARED' || acl !== undefined;
  const hadGrant = redirects(authConfig) && hasBeenActive.has(status);
  const person = row.person === undefined && hadGrant ? `person_of_${userId}` : row.person;
  const isAlive = row.grant === undefined ? holdsGrant.has(status) : row.grant === 'alive';
  const subject = person ?? `person_of_${userId}`;
  const tokens = hadGrant && isAlive ? await client.mint(authConfig, subject) : null;
  const account = accounts.create(
    {
      userId,
      authConfig,
      alias,
      acl: isShared ? { ...emptyAcl, ...acl } : null,
      values: {},
      status,
      statusReason: reasons[status],
      expiresAt: clock.now() + settings.linkLifeMs,
    },
    'link',
    control,
  );
  account.everActive = hasBeenActive.has(status);
  account.tokens = tokens;
  account.person = person ?? null;
  return account;
}

/** Seeds a million in about a second. Their grants are created when they are first needed. */
export function seedAccounts(
  state: State,
  plan: SeededAccounts,
): Partial<Record<AccountStatus, number>> {
  const { accounts, clock, settings } = state;
  const { count, users = count, userPrefix = 'bulk_', ageMs = 0 } = plan;
  const { authConfigs = { ac_gmail: 1 }, kinds = [{ share: 1, status: 'ACTIVE' }] } = plan;
  const now = clock.now();
  return accounts.createBulk({
    count,
    users,
    userPrefix,
    authConfigs: Object.entries(authConfigs).map(([id, share]) => ({
      share,
      value: authConfigOf(state, id),
    })),
    kinds: kinds.map(({ share, status, neverActive = false, ...kind }) => {
      const wasActive = hasBeenActive.has(status) && !neverActive;
      const untold = neverActive
        ? 'Connection expired before authorization was started'
        : reasons[status];
      return {
        share,
        value: {
          status,
          statusReason: kind.statusReason ?? untold,
          everActive: wasActive,
          promised: wasActive
            ? (kind.grant ?? (holdsGrant.has(status) ? 'provider' : 'dead'))
            : null,
        },
      };
    }),
    createdAt: now - ageMs,
    expiresAt: now + settings.linkLifeMs,
  });
}

function authConfigOf(state: State, id: string): StoredAuthConfig {
  const authConfig = state.authConfigs.find(id);
  if (!authConfig) throw new Error(`no auth config ${id}`);
  return authConfig;
}
