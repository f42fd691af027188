import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { createActivities } from '../../../src/activities/index.ts';
import type {
  AccountPage,
  ComposioApi,
  CredentialChange,
  ToolCall,
} from '../../../src/composio/api.ts';
import { ApiError } from '../../../src/composio/errors.ts';
import type { AccountStatus, OwnedSnapshot, Sharing } from '../../../src/domain/account.ts';
import { isMatch } from '../../../src/domain/account-filter.ts';
import type { OpenDependencies } from '../../../src/activities/connect/open-attempt.ts';

const runId = '0192aabb-0000-7000-8000-00000000c0de';
/** What a client without encryption has. */
export const withoutCodecs = { loadedDataConverter: { payloadCodecs: [] } };

export const input = { userId: 'ada', authConfigId: 'ac_1' };

export function row(change: Partial<OwnedSnapshot> = {}): OwnedSnapshot {
  return {
    id: 'ca_1',
    ...input,
    toolkit: 'gmail',
    status: 'INITIALIZING',
    statusReason: null,
    alias: null,
    accountType: 'PRIVATE',
    createdAt: '2026-01-01T00:00:00Z',
    ...change,
  };
}

/** The API in memory: its accounts, and the calls it received. */
export class FakeApi implements ComposioApi {
  rows: OwnedSnapshot[] = [];
  readonly asked: string[] = [];
  /** The complete input of the calls that create something. */
  readonly given: unknown[] = [];
  /** Sessions that wait for `completeAuth`, each with its account. */
  readonly sessions = new Map<string, string>();
  /** The next call of this name throws this, once. */
  readonly failing = new Map<string, unknown>();
  #made = 0;

  async listAccounts() {
    this.#ask('list');
    return [...this.rows];
  }

  async getAccount(id: string) {
    this.#ask(`get ${id}`);
    const account = this.#find(id);
    // An account that was read must not change.
    return account === undefined ? null : { ...account };
  }

  async createLink(link: Parameters<ComposioApi['createLink']>[0]) {
    const { alias, callbackUrl } = link;
    this.#ask(callbackUrl === undefined ? `link ${alias}` : `link ${alias} ${callbackUrl}`);
    return {
      connectedAccountId: this.#make(link, 'INITIALIZING').id,
      redirectUrl: 'https://c.example/l',
      expiresAt: '2026-01-01T00:10:00Z',
      lifeMs: 600_000,
    };
  }

  async createAccount(account: Parameters<ComposioApi['createAccount']>[0]) {
    const { authScheme, val } = account.scheme;
    this.#ask(`create ${account.alias} ${authScheme}`);
    const isActive = val.status === 'ACTIVE';
    const { id, status } = this.#make(account, isActive ? 'ACTIVE' : 'INITIATED');
    const redirectUrl = isActive ? null : 'https://c.example/s';
    return { connectedAccountId: id, status, redirectUrl };
  }

  async setAlias(id: string, alias: string) {
    this.#ask(`alias ${id} ${alias}`);
    const account = this.#find(id);
    if (account === undefined) return null;
    if (alias !== '' && this.rows.some((other) => other.id !== id && other.alias === alias)) {
      throw new ApiError('http', 'alias taken', { status: 400, fault: 'alias_in_use' });
    }
    account.alias = alias || null;
    return { status: account.status };
  }

  async pageAccounts(query: Parameters<ComposioApi['pageAccounts']>[0]): Promise<AccountPage> {
    this.#ask('page');
    const meant = this.rows.filter((account) => isMatch(account, query));
    const { limit = 100, cursor = '0' } = query;
    const end = Number(cursor) + limit;
    const rows = meant.slice(Number(cursor), end);
    return { rows, unreadable: [], seen: rows.length, next: end < meant.length ? `${end}` : null };
  }

  async patchCredentials(id: string, change: CredentialChange) {
    this.#ask(`credentials ${id} ${change.authScheme}`);
    this.given.push(change);
    const account = this.#find(id);
    return account === undefined ? null : { status: account.status };
  }

  async setSharing(id: string, sharing: Sharing) {
    this.#ask(`sharing ${id}`);
    const account = this.#find(id);
    if (account === undefined) return null;
    if (account.accountType === 'PRIVATE') {
      throw new ApiError('http', 'not shared', { status: 400, fault: 'acl_on_private' });
    }
    account.sharing = { ...account.sharing, ...sharing };
    return { status: account.status };
  }

  /** As Composio documents it today: the user must consent again. */
  async refreshAccount(id: string, options: Parameters<ComposioApi['refreshAccount']>[1] = {}) {
    this.#ask(`refresh ${id}`);
    this.given.push(options);
    const account = this.#find(id);
    if (account === undefined) return null;
    account.status = 'INITIATED';
    return { status: account.status, redirectUrl: 'https://c.example/r' };
  }

  async executeTool({ tool, connectedAccountId }: ToolCall) {
    this.#ask(`execute ${tool} ${connectedAccountId}`);
    return { successful: true, data: {}, error: null, logId: null };
  }

  async setEnabled(id: string, enabled: boolean) {
    this.#ask(`${enabled ? 'enable' : 'disable'} ${id}`);
    const account = this.#find(id);
    if (account === undefined) throw new ApiError('http', 'no such account', { status: 404 });
    account.status = enabled ? 'ACTIVE' : 'INACTIVE';
    return { requestId: `req_${enabled ? 'enable' : 'disable'}` };
  }

  async revokeAccount(id: string): ReturnType<ComposioApi['revokeAccount']> {
    this.#ask(`revoke ${id}`);
    const account = this.#find(id);
    if (account === undefined) throw new ApiError('http', 'no such account', { status: 404 });
    const tokens = account.status === 'ACTIVE' ? (['access_token'] as const) : [];
    if (account.status !== 'REVOKED' && tokens.length === 0) {
      throw new ApiError('http', `is ${account.status}`, { status: 409 });
    }
    account.status = 'REVOKED';
    return { revokedTokens: [...tokens], status: 'REVOKED', requestId: 'req_revoke' };
  }

  async completeAuth({ sessionUri, userId }: { sessionUri: string; userId: string }) {
    this.#ask(`complete ${sessionUri}`);
    const account = this.#find(this.sessions.get(sessionUri) ?? '');
    this.sessions.delete(sessionUri);
    if (account === undefined) throw new ApiError('http', 'no such session', { status: 404 });
    const isOwner = account.userId === userId;
    account.status = isOwner ? 'ACTIVE' : 'FAILED';
    if (!isOwner) throw new ApiError('http', 'identity mismatch', { status: 400 });
    return { connectedAccountId: account.id };
  }

  async deleteAccount(id: string, { revokeOnDelete }: { revokeOnDelete: boolean }) {
    this.#ask(`delete ${id}${revokeOnDelete ? ' and revoke' : ''}`);
    this.rows = this.rows.filter((account) => account.id !== id);
    return { requestId: 'req_delete' };
  }

  #make(given: Parameters<ComposioApi['createLink']>[0], status: AccountStatus) {
    const { userId, authConfigId, alias, sharing } = given;
    this.given.push(given);
    const id = `ca_new${++this.#made}`;
    const shared = sharing && { accountType: 'SHARED' as const, sharing };
    const account = row({ id, userId, authConfigId, alias, status, ...shared });
    this.rows.push(account);
    return account;
  }

  #find(id: string) {
    return this.rows.find((account) => account.id === id);
  }

  #ask(call: string) {
    this.asked.push(call);
    const [name = ''] = call.split(' ');
    const failure = this.failing.get(name);
    this.failing.delete(name);
    if (failure !== undefined) throw failure;
  }
}

/** Answers for the user’s run: each element is one read of the gate; `null` means no run. */
function clientWith(
  phases: (string | null)[],
  busy: boolean,
  onSignal: (...signal: unknown[]) => void,
  notices: string[],
): Client {
  const describe = async (workflowId: string) => {
    const account = workflowId.startsWith('account/');
    const phase = account ? busy || null : phases.length > 1 ? phases.shift() : phases[0];
    if (phase === null || phase === undefined) {
      throw new WorkflowNotFoundError('none', workflowId, undefined);
    }
    return { closeTime: undefined, typedSearchAttributes: { get: () => phase } };
  };
  // The SDK runs every activity inside the abort signal of its client.
  const withAbortSignal = (_signal: AbortSignal, run: () => unknown) => run();
  const withDeadline = (_deadline: number, run: () => unknown) => run();
  const getHandle = (workflowId: string) => ({
    describe: () => describe(workflowId),
    signal: async ({ name }: { name: string }, given: unknown) => onSignal(workflowId, name, given),
    executeUpdate: async ({ name }: { name: string }, { args }: { args: unknown[] }) => {
      onSignal(workflowId, name, ...args);
      if (phases[0] === null) throw new WorkflowNotFoundError('none', workflowId, undefined);
    },
  });
  /** Runs that stay open: a second start under the same id is refused, or replaces the first. */
  const start = async (
    type: string,
    { workflowId, workflowIdConflictPolicy }: WorkflowStartOptions,
  ) => {
    if (notices.includes(workflowId) && workflowIdConflictPolicy === 'FAIL') {
      throw new WorkflowExecutionAlreadyStartedError('is open', workflowId, type);
    }
    notices.push(workflowId);
  };
  return { withAbortSignal, withDeadline, workflow: { getHandle, start } } as never;
}

export function stageFor(
  api: FakeApi,
  options: Partial<OpenDependencies> & {
    attempt?: number;
    heartbeatDetails?: unknown;
    gate?: (string | null)[];
    busy?: boolean;
    workflowId?: string;
  } = {},
) {
  const {
    attempt = 1,
    heartbeatDetails,
    gate = [null],
    busy = false,
    workflowId = 'connect/ada/ac_1',
    ...deps
  } = options;
  const signals: unknown[][] = [];
  const notices: string[] = [];
  const logged: string[] = [];
  const environment = new MockActivityEnvironment(
    { attempt, heartbeatDetails, workflowExecution: { workflowId, runId } },
    {
      client: clientWith(gate, busy, (...signal) => signals.push(signal), notices),
      logger: new DefaultLogger('INFO', (entry) => logged.push(JSON.stringify(entry, asText))),
    },
  );
  const facts = { returnOrigins: [], entitlement: null, accessLossesPerHour: 20 };
  const activities = createActivities({ api, ...facts, ...deps });
  return { environment, activities, signals, notices, logged };
}

/** A log entry has its time in nanoseconds as a bigint, which JSON cannot hold. */
function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
