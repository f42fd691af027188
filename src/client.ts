import { Client, type Connection } from '@temporalio/client';
import {
  type Environment,
  processEnvironment,
  type TemporalConfig,
  temporalConfig,
} from './config.ts';
import { sealedChange, sealedRequest } from './crypto/sealed-credentials.ts';
import { ConnectionHandle } from './client/connect/connection-handle.ts';
import type {
  AccessAnswer,
  AccessInput,
  AccessOrder,
  AdjustInput,
  LapseInput,
  OffboardInput,
  OrderInput,
  PersonsOrderInput,
} from './domain/access/access.ts';
import {
  parseAccessInput,
  parseAccessOrder,
  parseSubscriptionEvent,
} from './domain/access/schemas.ts';
import type { AccountSnapshot, OwnedAccount } from './domain/account.ts';
import type { AccountCommand, ChangedAccount, Changes } from './domain/change/account-command.ts';
import { parseChange } from './domain/change/schemas.ts';
import type { ConnectAnswer, ConnectUserInput } from './domain/connect/connect.ts';
import { MooringError } from './domain/errors.ts';
import { DisconnectHandle } from './client/disconnect/disconnect-handle.ts';
import type {
  DisconnectInput,
  EndPlan,
  EndView,
  KeptAccount,
} from './domain/disconnect/disconnect.ts';
import { parseDisconnectInput } from './domain/disconnect/schemas.ts';
import { EventDeliveries } from './client/events/event-deliveries.ts';
import { connectWorkflowId, userWorkflowId } from './domain/hashed-ids.ts';
import { accountWorkflowId, parseConnectionId } from './domain/ids.ts';
import type { ReconnectLink, ReconnectLinkInput } from './domain/connect/reconnect-link.ts';
import type { RefreshAnswer, RefreshInput } from './domain/refresh/refresh.ts';
import { accountIdSchema, idSchema, parse } from './domain/schemas.ts';
import { parseConnectUserInput, parseReconnectLinkInput } from './domain/connect/schemas.ts';
import { parseRefreshInput } from './domain/refresh/schemas.ts';
import type { SubscriptionEvent } from './domain/access/subscription-event.ts';
import type { UseBlockers } from './domain/use/usability.ts';
import type { SweepInput } from './domain/sweep/sweep.ts';
import { parseSweepInput, sweepNameSchema } from './domain/sweep/schemas.ts';
import type { KeyRing } from './crypto/key-ring.ts';
import { Schedules } from './client/sweep/schedules.ts';
import { SweepHandle } from './client/sweep/sweep-handle.ts';
import { askAgain } from './temporal/ask-again.ts';
import {
  type AttemptFilter,
  type AttemptSummary,
  listAttempts,
} from './client/connect/attempts.ts';
import { commandAccount } from './client/change/change-account.ts';
import { connectAgain } from './client/connect/connect-again.ts';
import { loadConnection, reaching } from './temporal/connect.ts';
import { dataConverter, requireEncryption } from './temporal/data-converter.ts';
import { keepAccount, planEnd, planKeep, startOrJoinEnd } from './client/disconnect/disconnect.ts';
import type { StartContext } from './client/shared/start-context.ts';
import { connectNotingLimits } from './temporal/rate-limits.ts';
import { mintReconnectLink } from './client/connect/reconnect-link.ts';
import { startOrJoinRefresh } from './client/refresh/refresh.ts';
import { standingOf } from './client/use/blockers.ts';
import { startOrJoinConnect } from './client/connect/start-connect.ts';
import { startRefresh } from './client/refresh/start-refresh.ts';
import { orderAccess, signalSubscription } from './client/access/request-access.ts';
import { listSweepRuns, startOrJoinSweep, type SweepSummary } from './client/sweep/sweeps.ts';
import { isReachable } from './temporal/deadline.ts';
import { UserAccessHandle } from './client/access/user-access-handle.ts';

export interface MooringClientOptions {
  /**
   * Where the client is configured: `TEMPORAL_*` (Temporal's own envconfig), `MOORING_ENCRYPTION_KEYS`,
   * `MOORING_CREDENTIAL_KEYS`, `MOORING_TASK_QUEUE`, `MOORING_ID_KEY`. Default: the process's environment.
   */
  environment?: Environment;
}

/**
 * What a backend imports to connect its users. Talks to Temporal only: it holds no Composio key.
 *
 * ```ts
 * const mooring = await MooringClient.connect();
 * const { connectionId, redirectUrl } = await mooring.connectUser({
 *   userId: 'user_123', authConfigId: 'ac_gmail', returnUrl: 'https://app.example/done',
 * });
 * // send the browser to redirectUrl; minutes, a deploy or another machine later:
 * const outcome = await mooring.connection(connectionId).outcome({ timeoutMs: 600_000 });
 * ```
 */
export class MooringClient {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #place: StartContext;
  readonly #credentialKeys: KeyRing | undefined;
  /** What your endpoints were sent. */
  readonly events: EventDeliveries;
  /** The sweeps that come again and again. */
  readonly schedules: Schedules;

  private constructor(connection: Connection, client: Client, config: TemporalConfig) {
    this.#connection = connection;
    this.#client = client;
    this.#place = { taskQueue: config.MOORING_TASK_QUEUE, idKey: config.MOORING_ID_KEY };
    this.#credentialKeys = config.MOORING_CREDENTIAL_KEYS;
    this.events = new EventDeliveries(client);
    this.schedules = new Schedules(client, config.MOORING_TASK_QUEUE);
  }

  /**
   * Connects to Temporal. ERR_TEMPORAL_UNAVAILABLE when it is away; ERR_ENCRYPTION_KEY_MISSING when no
   * key is set and MOORING_ALLOW_PLAINTEXT is not.
   */
  static async connect(options: MooringClientOptions = {}): Promise<MooringClient> {
    const { environment = processEnvironment } = options;
    const config = temporalConfig(environment);
    const { address, namespace, connectionOptions } = loadConnection(environment);
    const { MOORING_ENCRYPTION_KEYS: keys, MOORING_ALLOW_PLAINTEXT: allowPlaintext } = config;
    requireEncryption({ keys, allowPlaintext });
    const connection = await reaching(address, () => connectNotingLimits(connectionOptions));
    const converter = dataConverter({ encryptionKeys: keys });
    const client = new Client({
      connection,
      namespace,
      dataConverter: converter,
      interceptors: { workflow: [askAgain] },
    });
    return new MooringClient(connection, client, config);
  }

  /**
   * Starts to connect a user, or joins the open attempt of this connection (user, auth config, alias), and
   * answers the link at once. Safe to repeat: while the attempt is open every call answers the same link;
   * with `requestId` a repeat gets the first answer even afterwards (mind `expiresAt`), a refusal included:
   * after a refusal, use another id. An outage or a busy account is not remembered: repeat the call. An id that was used
   * for another request is refused with ERR_INVALID_INPUT. With `initiate` or `connectionData` a call joins only
   * an attempt with the same credentials.
   *
   * Throws MooringError: ERR_INVALID_INPUT before anything is started, and ERR_ENCRYPTION_KEY_MISSING when
   * there are credentials and no MOORING_CREDENTIAL_KEYS to seal them; ERR_ALREADY_CONNECTED,
   * ERR_CONNECT_IN_PROGRESS, ERR_ALIAS_IN_USE, ERR_AUTH_CONFIG_NOT_FOUND, ERR_ACCOUNT_NOT_FOUND,
   * ERR_USER_BLOCKED, ERR_ACCOUNT_BUSY, ERR_CREDENTIALS_REJECTED, ERR_MISSING_FIELDS, ERR_ENDPOINT_RETIRED,
   * ERR_UNAUTHORIZED when refused; ERR_NO_WORKER (after 12 s), ERR_WORKER_BUSY and ERR_API_UNAVAILABLE
   * (after 60 s), ERR_TEMPORAL_UNAVAILABLE, ERR_RATE_LIMITED and ERR_RUN_STUCK when there is no answer: repeat the
   * call, it joins.
   */
  async connectUser(input: ConnectUserInput): Promise<ConnectAnswer> {
    const request = sealedRequest(parseConnectUserInput(input), this.#credentialKeys);
    return startOrJoinConnect(this.#client, request, this.#place);
  }

  /**
   * Starts anew what this attempt was for, or joins who has done so, once it has ended EXPIRED: with the
   * input it was started with, sealed credentials and all. How the gateway offers another link to whom
   * the time has run out. Throws as `connectUser` does; ERR_OUTCOME_UNKNOWN when this attempt has not
   * expired, or Temporal does not remember it.
   */
  async connectAgain(workflowId: string, runId: string): Promise<ConnectAnswer> {
    return connectAgain(this.#client, { workflowId, runId }, this.#place);
  }

  /**
   * Makes a link of our own that is good for days, for a connection whose account is of no use any more:
   * to be mailed, or shown where the app asks its user to connect again. Whoever opens it finds a page
   * with one button, and behind that a fresh link of ten minutes. Safe to repeat; every call answers
   * another link, and all of them work until one has been used.
   *
   * ```ts
   * const { url } = await mooring.reconnectLink({ connectionId, returnUrl: 'https://app.example/done' });
   * ```
   *
   * Throws MooringError: ERR_INVALID_INPUT when the input breaks a rule (`returnUrl` is needed unless
   * `confirm` is `none`) or there is no gateway; ERR_ALREADY_CONNECTED, ERR_ACCOUNT_NOT_FOUND when there
   * is nothing to replace; ERR_UNAUTHORIZED; ERR_API_UNAVAILABLE, ERR_NO_WORKER,
   * ERR_TEMPORAL_UNAVAILABLE (after 20 s) when somebody is away.
   */
  async reconnectLink(input: ReconnectLinkInput): Promise<ReconnectLink> {
    return mintReconnectLink(this.#client, parseReconnectLinkInput(input), this.#place);
  }

  /**
   * Refreshes an account whose grant has died, if the API can: one that is ACTIVE is left alone unless
   * `mode: 'proactive'` says otherwise, which may break it. What was found, and done, is a value: see
   * `HealOutcome`. With `needs_user` your endpoints are sent `connection.reauth_required`, once for each
   * time the grant dies; `connection.healed` follows when the account is ACTIVE again, by whatever hand.
   *
   * With `returnUrl` the user is there: the answer holds the link by which he authorises this very account
   * anew, which keeps its id, and `refreshing` waits for how that ends. Where the API gives no link, take
   * `reconnectLink`.
   *
   * Safe to repeat: every write follows a read, and an open refresh with the same wishes is joined; with
   * `requestId` a repeat gets the first answer even afterwards (mind `expiresAt`).
   *
   * Throws MooringError: ERR_INVALID_INPUT; ERR_ACCOUNT_NOT_FOUND when it is not of this user;
   * ERR_UNAUTHORIZED; ERR_NO_WORKER (after 12 s), ERR_API_UNAVAILABLE (after 60 s) and
   * ERR_TEMPORAL_UNAVAILABLE when somebody is away: repeat the call, it joins.
   */
  async refresh(input: RefreshInput): Promise<RefreshAnswer> {
    return startOrJoinRefresh(this.#client, parseRefreshInput(input), this.#place);
  }

  /**
   * The newest run of this account, where that waits for its user or has: its `outcome`, its `cancel`.
   * ERR_OUTCOME_UNKNOWN when the newest one has waited for nobody.
   */
  refreshing(connectedAccountId: string): ConnectionHandle {
    const id = parse(accountIdSchema, connectedAccountId, 'connectedAccountId');
    return new ConnectionHandle(this.#client, accountWorkflowId(id));
  }

  /**
   * Sweeps the accounts that a filter means, or joins the open sweep of this name. Where there is a
   * Schedule of this name it is triggered instead, and anything given beside the name must be the same.
   * Returns at once; `result` waits.
   *
   * ERR_INVALID_INPUT when the input breaks a rule, when that Schedule is paused, and when the last sweep of
   * this name has halted itself: after a person has looked, `afterHalt` goes on. Safe to repeat.
   */
  async startSweep(
    input: SweepInput,
    { afterHalt = false }: { afterHalt?: boolean } = {},
  ): Promise<SweepHandle> {
    const options = { ...this.#place, afterHalt };
    const workflowId = await startOrJoinSweep(this.#client, parseSweepInput(input), options);
    return new SweepHandle(this.#client, workflowId);
  }

  /** The sweep of this workflow id, as `startSweep` and `sweeps` answer it. */
  sweep(workflowId: string): SweepHandle {
    const [, name = ''] = /^sweep\/([^/]+)$/.exec(workflowId) ?? [];
    parse(sweepNameSchema, name.replace(/-\d{4}-\d\d-\d\dT.*$/, ''), 'workflowId');
    return new SweepHandle(this.#client, workflowId);
  }

  /** Sweeps, newest first, from Temporal's visibility: seconds behind, good for looking, not for deciding. */
  sweeps(filter: { open?: boolean; limit?: number } = {}): AsyncIterable<SweepSummary> {
    return listSweepRuns(this.#client, filter);
  }

  /**
   * Makes an INACTIVE account ACTIVE again. Safe to repeat, as all five calls that change an account: what
   * is so already is left alone, and with `requestId` a repeat joins the first call or gets its answer.
   *
   * All of them throw MooringError: ERR_INVALID_INPUT before anything is started; ERR_ACCOUNT_NOT_FOUND
   * when it is not this user's; ERR_ACCOUNT_UNUSABLE when its status does not allow it;
   * ERR_ACCOUNT_BUSY when another operation holds it for 10 s; ERR_UNAUTHORIZED; ERR_API_UNAVAILABLE
   * (after 30 s), ERR_NO_WORKER (after 12 s), ERR_TEMPORAL_UNAVAILABLE when there is no answer. This one
   * also ERR_USER_BLOCKED.
   */
  async enable(input: Changes['enable']): Promise<ChangedAccount> {
    const { requestId, ...account } = parseChange('enable', input);
    return this.#change({ ...account, command: 'enable' }, requestId);
  }

  /** Makes an account INACTIVE until it is enabled: no tool runs with it. Its grant lives on. */
  async disable(input: Changes['disable']): Promise<ChangedAccount> {
    const { requestId, ...account } = parseChange('disable', input);
    return this.#change({ ...account, command: 'disable' }, requestId);
  }

  /**
   * Names an account, by which it belongs to another connection: the answer has its id. The empty string
   * takes the alias off. ERR_ALIAS_IN_USE when another account of this user and toolkit has it.
   */
  async updateAlias(input: Changes['updateAlias']): Promise<ChangedAccount> {
    const { requestId, ...change } = parseChange('updateAlias', input);
    return this.#change({ ...change, command: 'updateAlias' }, requestId);
  }

  /**
   * Gives an account new credentials of its own scheme, which travel sealed. Also ERR_CREDENTIALS_REJECTED,
   * ERR_USER_BLOCKED; ERR_INVALID_INPUT for an OAuth account, whose user has to connect again;
   * ERR_ENCRYPTION_KEY_MISSING without MOORING_CREDENTIAL_KEYS.
   */
  async updateCredentials(input: Changes['updateCredentials']): Promise<ChangedAccount> {
    const checked = parseChange('updateCredentials', input);
    return this.#change(sealedChange(checked, this.#credentialKeys), checked.requestId);
  }

  /**
   * Says who else may use a SHARED account: what is left out stays, an empty list empties it, and an empty
   * `notAllowedUserIds` lets those users in again. ERR_INVALID_INPUT for a PRIVATE one.
   */
  async updateSharing(input: Changes['updateSharing']): Promise<ChangedAccount> {
    const { requestId, ...change } = parseChange('updateSharing', input);
    return this.#change({ ...change, command: 'updateSharing' }, requestId);
  }

  /**
   * Starts a run that reads an account and refreshes it if it has expired, and returns without waiting for the run.
   * Use it when a webhook says that an account has expired. Safe to repeat: the call joins an open refresh, and the run
   * reads before each write. `busy`: another run writes to the account now, call again. Without a `userId` Mooring
   * takes the user from the attempt that made the account; `owner_unknown` if Temporal has no such attempt any more.
   * ERR_TEMPORAL_UNAVAILABLE when Temporal does not answer.
   */
  async startRefresh(
    account: Pick<OwnedAccount, 'connectedAccountId'> & { userId?: string },
  ): Promise<'started' | 'joined' | 'busy' | 'owner_unknown'> {
    return startRefresh(this.#client, account, this.#place);
  }

  /**
   * The connection of this id, whose newest attempt is meant by every call. Costs nothing by itself.
   * ERR_INVALID_INPUT when it is not an id that `connectUser` answers.
   */
  connection(id: string): ConnectionHandle {
    const key = parseConnectionId(id);
    if (key === null) {
      const message = 'connectionId: is not one that connectUser has answered';
      throw new MooringError('ERR_INVALID_INPUT', message, { field: 'connectionId' });
    }
    return new ConnectionHandle(this.#client, connectWorkflowId(key, this.#place.idKey));
  }

  /** One attempt by its workflow and run, as a callback token names it. */
  attempt(workflowId: string, runId: string): ConnectionHandle {
    return new ConnectionHandle(this.#client, workflowId, runId);
  }

  /**
   * Attempts, newest first, from Temporal's visibility: seconds behind, good for looking, not for
   * deciding. ERR_TEMPORAL_UNAVAILABLE while iterating; safe to repeat.
   */
  listConnections(filter: AttemptFilter = {}): AsyncIterable<AttemptSummary> {
    return listAttempts(this.#client, filter, this.#place.idKey);
  }

  /**
   * What Temporal knows against using an account for these users, for `mooring/accounts`, which reads the
   * rest from the API. ERR_TEMPORAL_UNAVAILABLE after 5 s: nobody knows then.
   */
  async standing(
    account: AccountSnapshot | null,
    userIds: readonly string[],
  ): Promise<UseBlockers> {
    return standingOf(this.#client, account, userIds, this.#place.idKey);
  }

  /** Whether Temporal and its database answer within `timeoutMs`, for health checks. Never throws. */
  async isReachable(timeoutMs = 2_000): Promise<boolean> {
    return isReachable(this.#connection, this.#client.options.namespace, timeoutMs);
  }

  /** Lets go of the connection to Temporal. Attempts go on without us. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /**
   * Pauses a user whose subscription has lapsed: after the grace his ACTIVE accounts are disabled, and he
   * connects none. Nothing is ended, and `renewSubscription` gives back exactly what was disabled. Your call
   * is the answer to whether he has paid: nobody else is asked. Safe to repeat, as all orders here: what
   * is under way is joined, and with `requestId` a repeat gets the first answer.
   *
   * What came of it is a value, see `AccessOutcome`. All of them throw MooringError: ERR_INVALID_INPUT before
   * anything is started; ERR_NO_WORKER (after 12 s), ERR_TEMPORAL_UNAVAILABLE: repeat the call.
   */
  async lapseSubscription(input: LapseInput): Promise<AccessAnswer> {
    return this.#order('lapse', input);
  }

  /** Gives back what a lapse has disabled, and tells of what it could not: `subscription.resumed`. */
  async renewSubscription(input: OrderInput): Promise<AccessAnswer> {
    return this.#order('renew', input);
  }

  /**
   * Ends every account of a user, provably: after the cooling-off (an hour unless said otherwise, in which
   * they are disabled and `cancelOffboard` restores them) all are revoked and deleted, until nothing is left.
   * `access(userId).result()` waits for the receipt. With `block` he connects nothing until `readmit`.
   * `dryRun` lists what would be ended and touches nothing.
   */
  async offboardUser(input: OffboardInput): Promise<AccessAnswer> {
    return this.#order('offboard', input);
  }

  /** Takes an offboarding back while it is cooling off: what it has disabled is enabled. Later: `too_late`. */
  async cancelOffboard(input: OrderInput): Promise<AccessAnswer> {
    return this.#order('cancelOffboard', input);
  }

  /** Lets a user connect again who was offboarded with `block`. */
  async readmit(input: OrderInput): Promise<AccessAnswer> {
    return this.#order('readmit', input);
  }

  /** Lets go on what is `held`, because too many users were to lose their access within an hour. */
  async releaseAccess(input: PersonsOrderInput): Promise<AccessAnswer> {
    return this.#order('release', input);
  }

  /** Has a grace or a cooling-off end at another time, 90 days off at most; what has passed ends it now. */
  async adjustAccess(input: AdjustInput): Promise<AccessAnswer> {
    return this.#order('adjust', input);
  }

  /**
   * Passes on what a billing system says. A hint: a lapse begins its grace, and before anything is disabled or
   * given back the backend's hook is asked. Returns once Temporal has it; known by its id, so safe to repeat.
   */
  async noteSubscription(
    event: SubscriptionEvent,
    { timings }: Pick<AccessInput, 'timings'> = {},
  ): Promise<void> {
    await signalSubscription(this.#client, parseSubscriptionEvent(event), timings, this.#place);
  }

  /** This user's access: where it stands, how an offboarding ends, its receipt. */
  access(userId: string): UserAccessHandle {
    const id = parse(idSchema, userId, 'userId');
    return new UserAccessHandle(this.#client, userWorkflowId(id, this.#place.idKey));
  }

  /**
   * Has the grant behind an account ended at its provider, and the account deleted: revoked, read REVOKED back,
   * deleted, read 404 back. `result` answers a receipt that says what is known, and where a grant may live on.
   * With `undoWindowMs` it is only disabled until then, and `keep` gives it back. With `dryRun` nothing is done:
   * the answer says what would be, and which living accounts a revocation may end as well.
   *
   * Safe to repeat: an open end of the same wishes is joined, and once the account is gone its receipt, or its
   * part in that of its user's offboarding, is answered for as long as Temporal remembers it, else one with proof
   * `gone`. A refresh of this account that is under way is cancelled first.
   *
   * ```ts
   * const end = await mooring.disconnect({ userId: 'user_123', connectedAccountId: 'ca_1', note: 'asked by mail' });
   * const receipt = await end.result(); // { proof: 'revoked', certain: true, … }
   * ```
   *
   * Throws MooringError: ERR_INVALID_INPUT before anything is started; ERR_ACCOUNT_BUSY when the account is being
   * ended with other wishes, or held by another operation for 30 s; ERR_NO_WORKER when a blocked user's receipt
   * has to be asked for; ERR_TEMPORAL_UNAVAILABLE. With `dryRun` also ERR_ACCOUNT_NOT_FOUND, ERR_UNAUTHORIZED,
   * ERR_API_UNAVAILABLE and ERR_NO_WORKER.
   */
  async disconnect(input: DisconnectInput & { dryRun: true }): Promise<EndPlan>;
  async disconnect(input: DisconnectInput & { dryRun?: false }): Promise<DisconnectHandle>;
  async disconnect({ dryRun, ...input }: DisconnectInput & { dryRun?: boolean }) {
    const checked = parseDisconnectInput(input);
    if (dryRun === true) return planEnd(this.#client, checked, this.#place);
    const run = await startOrJoinEnd(this.#client, checked, this.#place);
    return new DisconnectHandle(this.#client, run);
  }

  /**
   * Gives an account back that is about to be ended, while its undo window lasts: enabled, if it was so before.
   * Safe to repeat while the window is open. ERR_ACCOUNT_UNUSABLE when the window is over; ERR_ACCOUNT_NOT_FOUND
   * when no such account of this user is about to be ended; ERR_NO_WORKER, ERR_API_UNAVAILABLE,
   * ERR_TEMPORAL_UNAVAILABLE when somebody is away: repeat the call. With `dryRun` nothing is done: the answer says
   * what it was before, and until when it can be given back.
   */
  async keep(input: OwnedAccount & { dryRun: true }): Promise<EndView>;
  async keep(input: OwnedAccount & { dryRun?: false }): Promise<KeptAccount>;
  async keep({ dryRun, ...input }: OwnedAccount & { dryRun?: boolean }) {
    const account = {
      userId: parse(idSchema, input.userId, 'userId'),
      connectedAccountId: parse(accountIdSchema, input.connectedAccountId, 'connectedAccountId'),
    };
    return dryRun === true ? planKeep(this.#client, account) : keepAccount(this.#client, account);
  }

  async #order(order: AccessOrder['order'], input: OrderInput): Promise<AccessAnswer> {
    const { requestId, timings, ...given } = input;
    const checked = parseAccessOrder({ ...given, order });
    parseAccessInput({ userId: checked.userId, ...(timings && { timings }) });
    return orderAccess(this.#client, checked, { requestId, timings }, this.#place);
  }

  async #change(command: AccountCommand, requestId: string | undefined): Promise<ChangedAccount> {
    return commandAccount(this.#client, command, { ...this.#place, requestId });
  }
}
