import {
  asAccountFailure,
  asToolFailure,
  requireUsable,
  severalAccountsError,
} from './accounts/failures.ts';
import { refreshWithin } from './accounts/refresh-within.ts';
import { type HealOptions, targetSchema, type UseTarget } from './accounts/use-target.ts';
import { MooringClient } from './client.ts';
import { ownCalls } from './client/own-calls.ts';
import type { ComposioApi, ToolAnswer, ToolCall } from './composio/api.ts';
import { createComposioApi } from './composio/client.ts';
import { ApiError } from './composio/errors.ts';
import { toolCallSchema } from './composio/execute-tool.ts';
import { listAllAccounts } from './composio/read-accounts.ts';
import { readComposioConfig, type MooringEnvironment, processEnvironment } from './config.ts';
import type { AccountSnapshot, OwnedAccount } from './domain/account.ts';
import type { AccountFilter, AccountOrder } from './domain/account-filter.ts';
import { toolkitSchema, idSchema, parseInput } from './domain/schemas.ts';
import { MooringError } from './domain/errors.ts';
import {
  type ConnectedAccount,
  unusableReasonOf,
  toConnectedAccount,
  relevantRows,
  toUnusable,
  type Usability,
} from './domain/use/usability.ts';
import { defined, type Given, withoutUndefined } from './domain/defined.ts';

export type { HealOptions, UseTarget } from './accounts/use-target.ts';
export type { MooringEnvironment } from './config.ts';
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
export { type ErrorCode, errorCodes, type ErrorDetails, MooringError } from './domain/errors.ts';

export interface ConnectedAccountsOptions {
  /**
   * The variables that configure it: `COMPOSIO_API_KEY`, `COMPOSIO_BASE_URL`, and all that
   * `MooringClient` reads, with the same values. With another `MOORING_ID_KEY` it finds no user
   * lapsed. Default: the environment of the process.
   */
  environment?: MooringEnvironment | undefined;
  /**
   * A client that you have already, to share its connection to Temporal. `close` leaves it open.
   */
  mooring?: MooringClient | undefined;
}

/**
 * The reading side: which accounts are connected, and whether an account can be used now. It reads
 * Composio with your own key. A read costs an API call and no workflow; `MooringClient` has all
 * calls that change an account. It never returns credentials.
 *
 * ```ts
 * import { ConnectedAccounts } from 'mooring/accounts';
 *
 * const reader = await ConnectedAccounts.connect();
 * const gmail = await reader.ensureActive({ userId: 'user_123', toolkit: 'gmail' });
 * if (!gmail.usable) throw new Error(`${gmail.reason}: ${gmail.hint}`);
 * const { successful, data } = await reader.executeTool({
 *   tool: 'GMAIL_FETCH_EMAILS', userId: 'user_123',
 *   connectedAccountId: gmail.account.id, arguments: { max_results: 5 },
 * });
 * ```
 *
 * Every call throws MooringError: ERR_INVALID_INPUT before any request is sent, ERR_UNAUTHORIZED if
 * Composio refuses the key, ERR_API_UNAVAILABLE if Composio does not answer. No call is retried in
 * here. All calls except `executeTool` are safe to repeat.
 */
export class ConnectedAccounts {
  readonly #api: ComposioApi;
  readonly #mooring: MooringClient;
  readonly #ownsClient: boolean;

  private constructor(api: ComposioApi, mooring: MooringClient, owned: boolean) {
    this.#api = api;
    this.#mooring = mooring;
    this.#ownsClient = owned;
  }

  /**
   * Connects to Temporal, unless you pass a client. The first call to Composio comes with the first
   * read. Throws as `MooringClient.connect`.
   */
  static async connect(options: ConnectedAccountsOptions = {}): Promise<ConnectedAccounts> {
    const { environment = processEnvironment, mooring: given } = options;
    const { COMPOSIO_API_KEY: apiKey, COMPOSIO_BASE_URL: baseUrl } =
      readComposioConfig(environment);
    const api = createComposioApi({ apiKey, ...defined({ baseUrl }) });
    const mooring = given ?? (await MooringClient.connect({ environment }));
    return new ConnectedAccounts(api, mooring, given === undefined);
  }

  /**
   * One account, or null if there is none. Before you use it, call `ensureActive`.
   */
  async get(connectedAccountId: string): Promise<ConnectedAccount | null> {
    const row = await this.#readAccount(connectedAccountId);
    return row && toConnectedAccount(row);
  }

  /**
   * Every account that matches the filter (default: of the project), page by page as you iterate,
   * the oldest first. A failure throws while you iterate; the list never ends early without an
   * error. Ordered by `updated_at`, an account that changes may come twice or not at all.
   *
   * ```ts
   * for await (const { id } of accounts.list({ statuses: ['EXPIRED'] })) console.log(id);
   * ```
   */
  list(filter: Given<AccountFilter & AccountOrder> = {}): AsyncGenerator<ConnectedAccount> {
    return this.#listAccounts(filter);
  }

  /** The accounts of `list` whose status at Composio is ACTIVE. */
  listActive(
    filter: Given<Omit<AccountFilter, 'statuses'> & AccountOrder> = {},
  ): AsyncGenerator<ConnectedAccount> {
    return this.#listAccounts({ ...filter, statuses: ['ACTIVE'] });
  }

  /**
   * Whether the user has an ACTIVE account of this toolkit, for a page that shows what is
   * connected. Reads only the API, not Temporal. Before you use an account, call `ensureActive`.
   */
  async isToolkitConnected(target: { userId: string; toolkit: string }): Promise<boolean> {
    const active = await this.#listToolkitAccounts(target, { statuses: ['ACTIVE'] });
    return relevantRows(active).length > 0;
  }

  /**
   * Whether this user can use an account now, and if not, why and what helps. Reads the account
   * from the API. Reads from Temporal whether the account is being disconnected, and whether its
   * user or its owner has lapsed, is being offboarded or is blocked. Such an account is not usable,
   * whatever the API says.
   *
   * With `toolkit` it considers the user's own accounts. If several are usable it throws
   * ERR_SEVERAL_ACCOUNTS, with their ids in `details.connectedAccountIds`. With
   * `connectedAccountId` it also accepts an account that another user shares with this user.
   * ERR_ACCOUNT_NOT_FOUND if there is no such account, or it belongs to another user;
   * ERR_TEMPORAL_UNAVAILABLE if Temporal does not answer.
   *
   * With `heal` an account that has expired is refreshed and read again. This helps where the API
   * renews without the user. If only the user can help, the account stays `expired`, and Mooring
   * notifies your endpoints.
   */
  async ensureActive(target: UseTarget, options: HealOptions = {}): Promise<Usability> {
    const meant = parseInput(targetSchema, target);
    const { signal } = options;
    signal?.throwIfAborted();
    const rows =
      'toolkit' in meant
        ? relevantRows(await this.#listToolkitAccounts(meant))
        : [await this.#requireAccount(meant)];
    if (rows.length === 0) {
      const { closed } = await this.#mooring[ownCalls].readBlockers(null, [meant.userId]);
      return toUnusable(null, closed ?? 'not_connected');
    }
    signal?.throwIfAborted();
    const answers = await Promise.all(rows.map((row) => this.#judge(row, meant.userId)));
    signal?.throwIfAborted();
    const usable = answers.filter((answer) => answer.usable);
    if (usable.length > 1) throw severalAccountsError(usable.map(({ account }) => account));
    const answer = (usable[0] ?? answers[0]) as Usability;
    const [row] = rows;
    if (!options.heal || row === undefined || answer.usable || answer.reason !== 'expired') {
      return answer;
    }
    // Mooring refreshes an account only for its owner.
    if (row.userId === null) return answer;
    const owned = { userId: row.userId, connectedAccountId: row.id };
    await refreshWithin(() => this.#mooring.accounts.refresh(owned), options);
    const named = { userId: meant.userId, connectedAccountId: row.id };
    const refreshed = await this.#requireAccount(named);
    signal?.throwIfAborted();
    const healed = await this.#judge(refreshed, meant.userId);
    signal?.throwIfAborted();
    // A refresh that restarts the authorization leaves the account INITIATED. What helps is the
    // same as before.
    return healed.usable ? healed : answer;
  }

  /**
   * Executes a tool with one account, once. It first calls `ensureActive`, because Composio has
   * been seen to execute with a disabled account. An account that is not usable is refused with
   * ERR_ACCOUNT_UNUSABLE and its `details.reason`. `successful: false` is a result: the tool ran,
   * and the toolkit refused or failed.
   *
   * An account that has expired is healed once (unless `heal: false`), and the tool is called once
   * more if it certainly did not run. Nothing else is repeated in here, and you must not repeat it
   * blindly either. If an error's `details.ambiguous` is true, the tool may have run. The same is
   * true of a call that `signal` cut off, which throws the reason of the signal.
   *
   * It works in your own activities too. The history there holds the arguments and the result,
   * which are data of your users, so use a codec. Do not let Temporal repeat the activity: give it
   * `retry: { maximumAttempts: 1 }`.
   *
   * Beside the errors of `ensureActive`: ERR_ACCOUNT_NOT_FOUND if Composio no longer has the
   * account (`gone`) or has it for another user (`other_user`); ERR_ACCOUNT_UNUSABLE if Composio
   * calls it `expired`; ERR_INVALID_INPUT if the tool or its arguments are wrong;
   * ERR_ENDPOINT_RETIRED if the tool was retired; ERR_API_UNAVAILABLE if Composio does not answer,
   * or answers 429.
   */
  async executeTool(given: Given<ToolCall>, options: HealOptions = {}): Promise<ToolAnswer> {
    const call = parseInput(toolCallSchema, given) as ToolCall;
    const { heal = true, signal } = options;
    const { userId, connectedAccountId } = call;
    const execute = async () => {
      const named = { userId, connectedAccountId };
      requireUsable(await this.ensureActive(named, { ...options, heal }), connectedAccountId);
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

  /** Closes the connection to Temporal, unless you passed the client. */
  async close(): Promise<void> {
    if (this.#ownsClient) await this.#mooring.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #readAccount(
    connectedAccountId: string,
    owner?: { userId: string },
  ): Promise<AccountSnapshot | null> {
    try {
      return await this.#api.getAccount(connectedAccountId, undefined, owner);
    } catch (error) {
      throw asAccountFailure(error);
    }
  }

  async *#listAccounts(filter: Given<AccountFilter & AccountOrder>) {
    const rows = this.#listSnapshots(withoutUndefined<AccountFilter & AccountOrder>(filter));
    for await (const row of rows) yield toConnectedAccount(row);
  }

  async *#listSnapshots(filter: AccountFilter & AccountOrder): AsyncGenerator<AccountSnapshot> {
    try {
      yield* listAllAccounts(this.#api, filter);
    } catch (error) {
      throw asAccountFailure(error);
    }
  }

  async #listToolkitAccounts(
    { userId, toolkit }: { userId: string; toolkit: string },
    filter: AccountFilter = {},
  ): Promise<AccountSnapshot[]> {
    const whose = {
      userIds: [parseInput(idSchema, userId, 'userId')],
      toolkitSlugs: [parseInput(toolkitSchema, toolkit, 'toolkit')],
    };
    const rows: AccountSnapshot[] = [];
    for await (const row of this.#listSnapshots({ ...whose, ...filter })) rows.push(row);
    return rows;
  }

  /** A PRIVATE account of another user counts as absent. */
  async #requireAccount({ userId, connectedAccountId }: OwnedAccount): Promise<AccountSnapshot> {
    const row = await this.#readAccount(connectedAccountId, { userId });
    if (row !== null && (row.userId === userId || row.accountType === 'SHARED')) return row;
    const message = `connectedAccountId: this user has no account ${connectedAccountId}`;
    const details = { field: 'connectedAccountId', connectedAccountId };
    throw new MooringError('ERR_ACCOUNT_NOT_FOUND', message, details);
  }

  async #judge(row: AccountSnapshot, userId: string): Promise<Usability> {
    const blockers = await this.#mooring[ownCalls].readBlockers(row, [userId]);
    const reason = unusableReasonOf(row, userId, blockers);
    return reason === null
      ? { usable: true, account: toConnectedAccount(row) }
      : toUnusable(row, reason);
  }
}
