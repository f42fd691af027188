import {
  type Account,
  type AccountStatus,
  type AccountType,
  accountType,
  type Acl,
  emptyAcl,
} from './account.ts';
import { findAuthConfig, redirects } from './auth-configs.ts';
import type { FaultRule } from './faults.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';

/** A row as it is stored, deleted ones included. */
export interface StoredAccount {
  id: string;
  userId: string;
  authConfigId: string;
  toolkit: string;
  alias: string | null;
  status: AccountStatus;
  statusReason: string | null;
  accountType: AccountType;
  /** Null: PRIVATE. */
  acl: Acl | null;
  /** Names of what it was given: the values may be credentials. */
  fields: string[];
  /** Who consented at the provider; `displayName` is this person's address. */
  person: string | null;
  deleted: boolean;
  createdAt: number;
}

export interface SeededAccount {
  userId: string;
  authConfigId: string;
  /** Default ACTIVE. */
  status?: AccountStatus;
  alias?: string;
  accountType?: AccountType;
  /** Makes it SHARED. */
  acl?: Partial<Acl>;
  /** Who consented at the provider; null, and nobody can tell. Default: one person per user, where there is a provider. */
  person?: string | null;
}

/** The contract's own words for each ending. */
const reasons: Record<AccountStatus, string | null> = {
  INITIALIZING: null,
  INITIATED: null,
  ACTIVE: null,
  FAILED: 'OAuth callback failed during token exchange',
  EXPIRED: 'Permanent auth error during token refresh',
  INACTIVE: 'Connection status updated by user',
  REVOKED: 'Revoked via user-initiated revoke endpoint',
};

const hasBeenActive = new Set<AccountStatus>(['ACTIVE', 'INACTIVE', 'EXPIRED', 'REVOKED']);

const cause = { by: 'control', requestId: null } as const;

/** What a test may ask of the sandbox and have it do, beside the API. */
export function createCommands(state: State) {
  const { accounts, apiKeys, calls, clock, client, faults, secrets, settings } = state;

  const existing = (id: string): Account => {
    const account = accounts.find(id);
    if (!account) throw new Error(`no account ${id}`);
    return account;
  };

  return {
    calls: () => calls.counts(),
    callLog: (filter: { userId?: string }) => calls.list(filter.userId),
    resetCalls: () => calls.reset(),
    writes: (filter: { userId?: string }) => accounts.writes(filter.userId),
    accounts: (filter: { userId?: string }): StoredAccount[] =>
      accounts.list(filter.userId === undefined ? undefined : [filter.userId]).map(toStored),
    secrets: ({ from = 0 }: { from?: number }) => secrets.all().slice(from),

    issueApiKey: (): string => {
      const apiKey = secrets.make('ak_');
      apiKeys.add(apiKey);
      return apiKey;
    },

    introspect: async ({ id }: { id: string }) => {
      const { authConfig, tokens } = existing(id);
      return tokens ? client.introspect(authConfig, tokens) : { access: null, refresh: null };
    },

    /** The provider reads the system's clock: its rows are aged by as much instead. */
    advance: ({ ms }: { ms: number }) => {
      clock.advance(ms);
      state.providerRows.advance(ms);
      accounts.expireDue();
    },

    settings: (patch: Partial<Settings>) => {
      Object.assign(settings, patch);
    },

    fault: (rule: FaultRule) => faults.add(rule),
    clearFaults: () => faults.clear(),

    /** An account with a history nobody saw; where it has credentials, with a real grant. */
    seedAccount: async (row: SeededAccount): Promise<{ id: string }> => {
      const authConfig = findAuthConfig(row.authConfigId);
      if (!authConfig) throw new Error(`no auth config ${row.authConfigId}`);
      const { userId, status = 'ACTIVE', alias = null, acl } = row;
      const isShared = row.accountType === 'SHARED' || acl !== undefined;
      const hadGrant = redirects(authConfig) && hasBeenActive.has(status);
      const person = row.person === undefined && hadGrant ? `person_of_${userId}` : row.person;
      const isAlive = hadGrant && /^(IN)?ACTIVE$/.test(status);
      const subject = person ?? `person_of_${userId}`;
      const tokens = isAlive ? await client.mint(authConfig, subject) : null;
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
        cause,
      );
      account.tokens = tokens;
      account.person = person ?? null;
      return { id: account.id };
    },

    /** Only moves the row; the provider hears nothing of it. */
    setStatus: ({ id, status, reason }: { id: string; status: AccountStatus; reason?: string }) =>
      accounts.setStatus(existing(id), status, reason ?? reasons[status], cause),

    remove: ({ id }: { id: string }) => {
      accounts.delete(existing(id), cause);
    },
  };
}

export type Commands = ReturnType<typeof createCommands>;

function toStored(account: Account): StoredAccount {
  const { id, userId, authConfig, alias, status, statusReason } = account;
  const { acl, values, person, deleted, createdAt } = account;
  return {
    id,
    userId,
    authConfigId: authConfig.id,
    toolkit: authConfig.toolkit,
    alias,
    status,
    statusReason,
    accountType: accountType(account),
    acl,
    fields: Object.keys(values),
    person,
    deleted,
    createdAt,
  };
}
