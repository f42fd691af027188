import {
  type Account,
  type AccountStatus,
  type AccountType,
  accountType,
  type Acl,
} from './account.ts';
import { expiredEvent } from './expired-event.ts';
import type { FaultRule } from './faults.ts';
import { renewInBackground } from './renewal.ts';
import {
  control,
  reasons,
  seedAccount,
  type SeededAccount,
  type SeededAccounts,
  seedAccounts,
} from './seeding.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';
import { tokensOf } from './tokens.ts';
import type { Signing } from './webhooks.ts';

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
  /** The names of its values, which may be credentials. */
  fields: string[];
  /** Who consented at the provider; `displayName` is this person's address. */
  person: string | null;
  deleted: boolean;
  createdAt: number;
}

/** The parts of an event that a test may set, unlike Composio. */
export type WebhookOptions = Signing & { type?: string; projectId?: string };

/** What a test may read and do in the sandbox, beside the API. */
export function createCommands(state: State) {
  const { accounts, apiKeys, calls, clock, client, faults, locks, secrets, settings } = state;
  const { userApiKeys, webhooks } = state;

  const existing = (id: string): Account => {
    const account = accounts.find(id);
    if (!account) throw new Error(`no account ${id}`);
    return account;
  };

  return {
    calls: () => calls.counts(),
    answers: () => calls.answers(),
    callLog: (filter: { userId?: string }) => calls.list(filter.userId),
    pendingCalls: () => calls.pending(),
    resetCalls: () => calls.reset(),
    writes: (filter: { userId?: string }) => accounts.writes(filter.userId),
    writeCount: () => accounts.writeCount(),
    accounts: (filter: { userId?: string }): StoredAccount[] =>
      accounts.list(filter.userId === undefined ? undefined : [filter.userId]).map(toStored),
    secrets: ({ from = 0 }: { from?: number }) => secrets.all().slice(from),

    issueApiKey: (): string => {
      const apiKey = secrets.make('ak_');
      apiKeys.add(apiKey);
      return apiKey;
    },

    issueUserApiKey: (): string => {
      const apiKey = secrets.make('uak_');
      userApiKeys.add(apiKey);
      return apiKey;
    },

    introspect: ({ id }: { id: string }) => {
      const account = existing(id);
      if (account.promised === 'sandbox') return { access: true, refresh: true };
      return locks.run(id, async () => {
        await tokensOf(state, account);
        const { authConfig, tokens } = account;
        return tokens ? client.introspect(authConfig, tokens) : { access: null, refresh: null };
      });
    },

    killGrant: ({ id }: { id: string }) => {
      const account = existing(id);
      return locks.run(id, async () => {
        if (account.promised === 'sandbox') account.promised = 'dead';
        await tokensOf(state, account);
        if (!account.tokens?.refreshToken) throw new Error(`${id} has no grant at the provider`);
        await state.killGrant(account.tokens.refreshToken);
      });
    },

    renewInBackground: ({ ids }: { ids?: string[] }) => renewInBackground(state, ids),

    webhooks: () => webhooks.list(),
    sendWebhook: ({ id, ...given }: { id: string } & WebhookOptions): { webhookId: string } => {
      const event = expiredEvent(state, existing(id), given);
      webhooks.send(event, given);
      return { webhookId: event.id };
    },
    releaseWebhooks: ({ newestFirst = false }: { newestFirst?: boolean }) =>
      webhooks.release(newestFirst),

    toolCalls: () => Object.fromEntries(state.toolCalls),

    /** The provider reads the system's clock, so its rows are aged by the same time instead. */
    advance: ({ ms }: { ms: number }) => {
      clock.advance(ms);
      state.providerRows.advance(ms);
      accounts.expireDue();
    },

    settings: (patch: Partial<Settings>) => {
      Object.assign(settings, patch);
      for (const secret of settings.webhookSecrets) secrets.note(secret);
    },

    fault: (rule: FaultRule) => faults.add(rule),
    clearFaults: () => faults.clear(),

    seedAccount: async (row: SeededAccount): Promise<{ id: string }> => {
      const { id } = await seedAccount(state, row);
      return { id };
    },
    seedAccounts: (plan: SeededAccounts) => seedAccounts(state, plan),

    /** Only changes the row; the provider does not know. */
    setStatus: ({ id, status, reason }: { id: string; status: AccountStatus; reason?: string }) =>
      accounts.setStatus(existing(id), status, reason ?? reasons[status], control),

    remove: ({ id }: { id: string }) => {
      accounts.delete(existing(id), control);
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
