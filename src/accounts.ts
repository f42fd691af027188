import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { asMooringError, asToolFailure } from './accounts/failures.ts';
import { MooringClient } from './client.ts';
import type { ComposioApi, ToolAnswer, ToolCall } from './composio/api.ts';
import { createComposioApi } from './composio/client.ts';
import { ApiError } from './composio/errors.ts';
import { toolCallSchema } from './composio/execute-tool.ts';
import { everyAccount } from './composio/pages.ts';
import { composioConfig, type Environment, processEnvironment } from './config.ts';
import type { AccountSnapshot, OwnedAccount } from './domain/account.ts';
import type { AccountFilter, AccountOrder } from './domain/account-filter.ts';
import { toolkitSchema } from './domain/account-filter-schema.ts';
import { MooringError } from './domain/errors.ts';
import { accountIdSchema, idSchema, parse } from './domain/schemas.ts';
import {
  type ConnectedAccount,
  objection,
  shown,
  tellingRows,
  unusable,
  type Usability,
} from './domain/use/usability.ts';

export type { Environment } from './config.ts';
export type { AccountIdentity, AccountStatus, Sharing } from './domain/account.ts';
export type { AccountFilter, AccountOrder } from './domain/account-filter.ts';
export type { ToolAnswer, ToolCall } from './composio/api.ts';
export {
  type ConnectedAccount,
  type Unusable,
  type UnusableReason,
  unusableReasons,
  type Usability,
} from './domain/use/usability.ts';
export { type ErrorCode, errorCodes, MooringError } from './domain/errors.ts';

/** Whose account is to be used: the user's one account of a toolkit, or the one that is named. */
export type UseTarget =
  { userId: string; toolkit: string } | { userId: string; connectedAccountId: string };

export interface HealOptions {
  /** Whether one whose grant has died is refreshed first, if the API can: by a run that is joined, never twice at once. */
  heal?: boolean;
  /** How long to wait for that (default: ten seconds). It goes on without you. */
  waitMs?: number;
}

export interface AccountsOptions {
  /**
   * Where it is configured: `COMPOSIO_API_KEY`, `COMPOSIO_BASE_URL`, and all that `MooringClient` reads, the
   * same as there: with another `MOORING_ID_KEY` nobody would be found lapsed. Default: the process's
   * environment.
   */
  environment?: Environment;
  /** A client that you have already, to share its connection to Temporal; `close` leaves it open. */
  mooring?: MooringClient;
}

const targetSchema = z.union([
  z.strictObject({ userId: idSchema, toolkit: toolkitSchema }),
  z.strictObject({ userId: idSchema, connectedAccountId: accountIdSchema }),
]);

/**
 * The reading side: what is connected, and whether it can be used now, straight from Composio with your own
 * key. Reading costs an API call and no workflow; whatever changes an account is `MooringClient`'s.
 * Credentials are never handed out.
 *
 * ```ts
 * const accounts = await Accounts.connect();
 * const gmail = await accounts.ensureActive({ userId: 'user_123', toolkit: 'gmail' });
 * if (!gmail.usable) return tellTheUser(gmail.reason, gmail.hint);
 * const { successful, data } = await accounts.executeTool({
 *   tool: 'GMAIL_FETCH_EMAILS', userId: 'user_123',
 *   connectedAccountId: gmail.account.id, arguments: { max_results: 5 },
 * });
 * ```
 *
 * Every call throws MooringError: ERR_INVALID_INPUT before anything is asked, ERR_UNAUTHORIZED when Composio
 * refuses the key, ERR_API_UNAVAILABLE when it does not answer. Nothing is retried in here. All but
 * `executeTool` is safe to repeat.
 */
export class Accounts {
  readonly #api: ComposioApi;
  readonly #mooring: MooringClient;
  /** Whether the client was made here. */
  readonly #owned: boolean;

  private constructor(api: ComposioApi, mooring: MooringClient, owned: boolean) {
    this.#api = api;
    this.#mooring = mooring;
    this.#owned = owned;
  }

  /** Connects to Temporal, unless given a client; Composio is first met by the first call. Throws as `MooringClient.connect`. */
  static async connect(options: AccountsOptions = {}): Promise<Accounts> {
    const { environment = processEnvironment, mooring: given } = options;
    const { COMPOSIO_API_KEY: apiKey, COMPOSIO_BASE_URL: baseUrl } = composioConfig(environment);
    const api = createComposioApi({ apiKey, ...(baseUrl !== undefined && { baseUrl }) });
    const mooring = given ?? (await MooringClient.connect({ environment }));
    return new Accounts(api, mooring, given === undefined);
  }

  /** One account, or null when it was deleted or never there. What it says of its use, `ensureActive` knows better. */
  async getAccount(connectedAccountId: string): Promise<ConnectedAccount | null> {
    const row = await this.#read(connectedAccountId);
    return row && shown(row);
  }

  /**
   * Every account that the filter means, page by page as you iterate, the oldest first; the whole project's
   * without one. Throws while iterating, and never ends early in silence. Ordered by `updated_at`, an
   * account that changes meanwhile may come twice or not at all.
   *
   * ```ts
   * for await (const account of accounts.listAccounts({ statuses: ['EXPIRED'] })) …
   * ```
   */
  async *listAccounts(filter: AccountFilter & AccountOrder = {}): AsyncGenerator<ConnectedAccount> {
    for await (const row of this.#every(filter)) yield shown(row);
  }

  /** Those of them that Composio calls ACTIVE. */
  listActive(
    filter: Omit<AccountFilter, 'statuses'> & AccountOrder = {},
  ): AsyncGenerator<ConnectedAccount> {
    return this.listAccounts({ ...filter, statuses: ['ACTIVE'] });
  }

  /**
   * Whether the user has an ACTIVE account of this toolkit, for a page that shows what is connected. Reads
   * the API alone, and Temporal is not asked: before you use an account, ask `ensureActive`.
   */
  async isToolkitConnected(userId: string, toolkit: string): Promise<boolean> {
    const active = await this.#rowsOf({ userId, toolkit }, { statuses: ['ACTIVE'] });
    return tellingRows(active).length > 0;
  }

  /**
   * Whether an account can be used for this user now, and if not, why and what helps. Asks the API for the
   * account and Temporal whether it is being ended and whether its user, or its owner, has lapsed, is being
   * offboarded or blocked: such an account is not usable whatever the API says.
   *
   * By toolkit the user's own accounts are meant, and ERR_SEVERAL_ACCOUNTS names those that fit in
   * `details.connectedAccountIds` when several do. By `connectedAccountId` also an account that another
   * user shares with him. ERR_ACCOUNT_NOT_FOUND when there is no such account, or it is another user's;
   * ERR_TEMPORAL_UNAVAILABLE when nobody can tell.
   *
   * With `heal` one that has expired is refreshed and read again, which is worth the while where the API
   * renews silently; where only the user can help, it stays `expired` and your endpoints are told.
   */
  async ensureActive(target: UseTarget, options: HealOptions = {}): Promise<Usability> {
    const meant = parse(targetSchema, target);
    const rows =
      'toolkit' in meant ? tellingRows(await this.#rowsOf(meant)) : [await this.#named(meant)];
    if (rows.length === 0) {
      const { closed } = await this.#mooring.standing(null, [meant.userId]);
      return unusable(null, closed ?? 'not_connected');
    }
    const answers = await Promise.all(rows.map((row) => this.#judge(row, meant.userId)));
    const usable = answers.filter((answer) => answer.usable);
    if (usable.length > 1) throw several(usable.map(({ account }) => account));
    const answer = (usable[0] ?? answers[0]) as Usability;
    const [row] = rows;
    if (!options.heal || row === undefined || answer.usable || answer.reason !== 'expired') {
      return answer;
    }
    // Only for its owner is an account refreshed.
    if (row.userId === null) return answer;
    await this.#heal({ userId: row.userId, connectedAccountId: row.id }, options.waitMs);
    const named = { userId: meant.userId, connectedAccountId: row.id };
    const healed = await this.#judge(await this.#named(named), meant.userId);
    // A refresh that restarts the authorisation leaves it INITIATED: what helps is the same as before.
    return healed.usable ? healed : answer;
  }

  /**
   * Executes a tool with one account, once. Guarded by `ensureActive`: what is not usable is refused here
   * with ERR_ACCOUNT_UNUSABLE and its `details.reason`, as Composio has been seen to execute with a disabled
   * account. `successful: false` is an answer: the tool ran, and the toolkit refused or failed.
   *
   * An account that has expired is healed once (`heal: false`: it is not), and the tool called once more if
   * it certainly did not run. Never repeated in here otherwise, and never to be repeated blindly: an error whose `details.ambiguous` is true may
   * have run, and so may what `signal` has cut off, which throws the signal's reason. Works in your own
   * activities too: arguments and answer, your users' data, stand in the history there, so use a codec, and
   * let Temporal not repeat it:
   *
   * ```ts
   * proxyActivities<typeof activities>({ startToCloseTimeout: '90s', retry: { maximumAttempts: 1 } });
   * ```
   *
   * Beside the errors of `ensureActive`: ERR_ACCOUNT_NOT_FOUND when Composio knows the account no more
   * (`gone`) or has it for another user (`other_user`); ERR_ACCOUNT_UNUSABLE when it says so (`expired`);
   * ERR_INVALID_INPUT when tool or arguments are wrong; ERR_ENDPOINT_RETIRED when the tool is;
   * ERR_API_UNAVAILABLE when Composio does not answer, or says 429.
   */
  async executeTool(
    call: ToolCall,
    { signal, heal = true, ...waiting }: HealOptions & { signal?: AbortSignal } = {},
  ): Promise<ToolAnswer> {
    const { userId, connectedAccountId } = parse(toolCallSchema, call);
    const execute = async () => {
      const named = { userId, connectedAccountId };
      requireUsable(await this.ensureActive(named, { heal, ...waiting }), connectedAccountId);
      return this.#api.executeTool(call, signal);
    };
    try {
      return await execute().catch((error: unknown) => {
        const hasDied = error instanceof ApiError && error.fault === 'account_expired';
        if (heal && hasDied && !error.ambiguous) return execute();
        throw error;
      });
    } catch (error) {
      throw asToolFailure(error, connectedAccountId);
    }
  }

  /** Lets go of the connection to Temporal, if it was made here. */
  async close(): Promise<void> {
    if (this.#owned) await this.#mooring.close();
  }

  async #read(
    connectedAccountId: string,
    owner?: { userId: string },
  ): Promise<AccountSnapshot | null> {
    try {
      return await this.#api.getAccount(connectedAccountId, undefined, owner);
    } catch (error) {
      throw asMooringError(error);
    }
  }

  async *#every(filter: AccountFilter & AccountOrder): AsyncGenerator<AccountSnapshot> {
    try {
      yield* everyAccount(this.#api, filter);
    } catch (error) {
      throw asMooringError(error);
    }
  }

  async #rowsOf(
    { userId, toolkit }: { userId: string; toolkit: string },
    filter: AccountFilter = {},
  ): Promise<AccountSnapshot[]> {
    const whose = {
      userIds: [parse(idSchema, userId, 'userId')],
      toolkitSlugs: [parse(toolkitSchema, toolkit, 'toolkit')],
    };
    const rows: AccountSnapshot[] = [];
    for await (const row of this.#every({ ...whose, ...filter })) rows.push(row);
    return rows;
  }

  /** A PRIVATE account of another user is as good as not there. */
  async #named(meant: { userId: string; connectedAccountId: string }): Promise<AccountSnapshot> {
    const { userId, connectedAccountId } = meant;
    const row = await this.#read(connectedAccountId, { userId });
    if (row !== null && (row.userId === userId || row.accountType === 'SHARED')) return row;
    const message = `connectedAccountId: this user has no account ${connectedAccountId}`;
    const details = { field: 'connectedAccountId', connectedAccountId };
    throw new MooringError('ERR_ACCOUNT_NOT_FOUND', message, details);
  }

  async #heal(account: OwnedAccount, waitMs = 10_000): Promise<void> {
    const waiting = new AbortController();
    const healing = this.#mooring.refresh(account);
    const { signal } = waiting;
    // What comes of it is read afterwards; that it goes on, or could not be started, changes nothing here.
    await Promise.race([healing, sleep(waitMs, undefined, { signal })]).catch(() => undefined);
    waiting.abort();
  }

  async #judge(row: AccountSnapshot, userId: string): Promise<Usability> {
    const standing = await this.#mooring.standing(row, [userId]);
    const reason = objection(row, userId, standing);
    return reason === null ? { usable: true, account: shown(row) } : unusable(row, reason);
  }
}

function requireUsable(answer: Usability, connectedAccountId: string): void {
  if (answer.usable) return;
  const { reason, hint } = answer;
  const message = `${connectedAccountId} cannot be used (${reason}): ${hint}`;
  throw new MooringError('ERR_ACCOUNT_UNUSABLE', message, { connectedAccountId, reason });
}

function several(accounts: ConnectedAccount[]): MooringError {
  const connectedAccountIds = accounts.map(({ id }) => id);
  const message = `several accounts fit, name one: ${connectedAccountIds.join(', ')}`;
  return new MooringError('ERR_SEVERAL_ACCOUNTS', message, { connectedAccountIds });
}
