import { Client, type Connection } from '@temporalio/client';
import {
  type Environment,
  processEnvironment,
  type TemporalConfig,
  readTemporalConfig,
} from './config.ts';
import { sealRequest } from './crypto/sealed-credentials.ts';
import { ConnectionHandle } from './client/connect/connection-handle.ts';
import type { AccountSnapshot, OwnedAccount } from './domain/account.ts';
import type { ConnectAnswer, ConnectUserInput } from './domain/connect/connect.ts';
import { MooringError } from './domain/errors.ts';
import { EventDeliveries } from './client/events/event-deliveries.ts';
import { connectWorkflowId } from './domain/hashed-ids.ts';
import { accountWorkflowId, parseConnectionId } from './domain/ids.ts';
import type { ReconnectLink, ReconnectLinkInput } from './domain/connect/reconnect-link.ts';
import type { RefreshAnswer, RefreshInput } from './domain/refresh/refresh.ts';
import { accountIdSchema, parseInput } from './domain/schemas.ts';
import { parseConnectUserInput, parseReconnectLinkInput } from './domain/connect/schemas.ts';
import { parseRefreshInput } from './domain/refresh/schemas.ts';
import type { UseBlockers } from './domain/use/usability.ts';
import type { SweepInput } from './domain/sweep/sweep.ts';
import { parseSweepInput, sweepNameSchema } from './domain/sweep/schemas.ts';
import { Schedules } from './client/sweep/schedules.ts';
import { SweepHandle } from './client/sweep/sweep-handle.ts';
import { queryRetryInterceptor } from './temporal/query-retry.ts';
import {
  type AttemptFilter,
  type AttemptSummary,
  listAttempts,
} from './client/connect/attempts.ts';
import { connectAgain } from './client/connect/connect-again.ts';
import { loadTemporalSettings, connectToTemporal } from './temporal/connect.ts';
import { dataConverter, requireEncryption } from './temporal/data-converter.ts';
import { connectAndRecordLimits } from './temporal/rate-limits.ts';
import { mintReconnectLink } from './client/connect/reconnect-link.ts';
import { startOrJoinRefresh } from './client/refresh/refresh.ts';
import { readBlockers } from './client/use/blockers.ts';
import { startOrJoinConnect } from './client/connect/start-connect.ts';
import { startRefresh } from './client/refresh/start-refresh.ts';
import { AccountMethods } from './client/change/account-methods.ts';
import { listSweepRuns, startOrJoinSweep, type SweepSummary } from './client/sweep/sweeps.ts';
import { isReachable } from './temporal/deadline.ts';

export interface MooringClientOptions {
  /**
   * The variables that configure the client: `TEMPORAL_*` (Temporal's own envconfig),
   * `MOORING_ENCRYPTION_KEYS`, `MOORING_CREDENTIAL_KEYS`, `MOORING_TASK_QUEUE`, `MOORING_ID_KEY`.
   * Default: the environment of the process.
   */
  environment?: Environment;
}

/**
 * What a backend imports to connect its users. It calls only Temporal and holds no Composio key.
 *
 * ```ts
 * const mooring = await MooringClient.connect();
 * const { connectionId, redirectUrl } = await mooring.connectUser({
 *   userId: 'user_123', authConfigId: 'ac_gmail', returnUrl: 'https://app.example/done',
 * });
 * // Send the browser to redirectUrl. Minutes later, after a deploy or on another machine:
 * const outcome = await mooring.connection(connectionId).outcome({ timeoutMs: 600_000 });
 * ```
 */
export class MooringClient extends AccountMethods {
  readonly #connection: Connection;
  /** The events that Mooring sends to your endpoints. */
  readonly events: EventDeliveries;
  /** The sweeps that a Temporal Schedule starts again and again. */
  readonly schedules: Schedules;

  private constructor(connection: Connection, client: Client, config: TemporalConfig) {
    const context = { taskQueue: config.MOORING_TASK_QUEUE, idKey: config.MOORING_ID_KEY };
    super(client, context, config.MOORING_CREDENTIAL_KEYS);
    this.#connection = connection;
    this.events = new EventDeliveries(client);
    this.schedules = new Schedules(client, config.MOORING_TASK_QUEUE);
  }

  /**
   * Connects to Temporal. ERR_TEMPORAL_UNAVAILABLE if Temporal does not answer;
   * ERR_ENCRYPTION_KEY_MISSING if neither an encryption key nor MOORING_ALLOW_PLAINTEXT is set.
   */
  static async connect(options: MooringClientOptions = {}): Promise<MooringClient> {
    const { environment = processEnvironment } = options;
    const config = readTemporalConfig(environment);
    const { address, namespace, connectionOptions } = loadTemporalSettings(environment);
    const { MOORING_ENCRYPTION_KEYS: keys, MOORING_ALLOW_PLAINTEXT: allowPlaintext } = config;
    requireEncryption({ keys, allowPlaintext });
    const connection = await connectToTemporal(address, () =>
      connectAndRecordLimits(connectionOptions),
    );
    const converter = dataConverter({ encryptionKeys: keys });
    const client = new Client({
      connection,
      namespace,
      dataConverter: converter,
      interceptors: { workflow: [queryRetryInterceptor] },
    });
    return new MooringClient(connection, client, config);
  }

  /**
   * Starts an attempt to connect a user, and returns the link at once. If an attempt of this
   * connection (user, auth config, alias) is open, the call joins it.
   *
   * Safe to repeat: while the attempt is open, every call returns the same link. With `requestId` a
   * repeat gets the first result even later (check `expiresAt`). A refusal is such a result too:
   * after a refusal, use another id. An outage or a busy account is not stored as a result: repeat
   * the call. An id that was used for another request is refused with ERR_INVALID_INPUT. With
   * `initiate` or `connectionData` a call joins only an attempt with the same credentials.
   *
   * Throws MooringError. Before anything is started: ERR_INVALID_INPUT, and
   * ERR_ENCRYPTION_KEY_MISSING if there are credentials and no MOORING_CREDENTIAL_KEYS to seal
   * them. If Mooring refuses: ERR_ALREADY_CONNECTED, ERR_CONNECT_IN_PROGRESS, ERR_ALIAS_IN_USE,
   * ERR_AUTH_CONFIG_NOT_FOUND, ERR_ACCOUNT_NOT_FOUND, ERR_USER_BLOCKED, ERR_ACCOUNT_BUSY,
   * ERR_CREDENTIALS_REJECTED, ERR_MISSING_FIELDS, ERR_ENDPOINT_RETIRED, ERR_UNAUTHORIZED. If there
   * is no answer: ERR_NO_WORKER (after 12 s), ERR_WORKER_BUSY and ERR_API_UNAVAILABLE (after 60 s),
   * ERR_TEMPORAL_UNAVAILABLE, ERR_RATE_LIMITED and ERR_RUN_STUCK. Then repeat the call: it joins
   * the attempt.
   */
  async connectUser(input: ConnectUserInput): Promise<ConnectAnswer> {
    const request = sealRequest(parseConnectUserInput(input), this.credentialKeys);
    return startOrJoinConnect(this.temporal, request, this.context);
  }

  /**
   * Starts an attempt again after it ended EXPIRED, with its original input and sealed credentials.
   * If it was started again before, the call joins that attempt. The gateway calls it to offer
   * another link when the time has run out. Throws as `connectUser` does; ERR_OUTCOME_UNKNOWN if
   * this attempt has not expired, or if Temporal no longer has it.
   */
  async connectAgain(workflowId: string, runId: string): Promise<ConnectAnswer> {
    return connectAgain(this.temporal, { workflowId, runId }, this.context);
  }

  /**
   * Creates a link of Mooring that is valid for days, for a connection whose account cannot be used
   * any more. Send it by mail, or show it where the app asks its user to connect again. The link
   * opens a page with one button, and the button leads to a fresh link of ten minutes. Safe to
   * repeat: every call returns another link, and all of them work until one has been used.
   *
   * ```ts
   * const returnUrl = 'https://app.example/done';
   * const { url } = await mooring.reconnectLink({ connectionId, returnUrl });
   * ```
   *
   * Throws MooringError: ERR_INVALID_INPUT if the input breaks a rule (`returnUrl` is required
   * unless `confirm` is `none`) or if there is no gateway; ERR_ALREADY_CONNECTED and
   * ERR_ACCOUNT_NOT_FOUND if there is nothing to replace; ERR_UNAUTHORIZED; ERR_API_UNAVAILABLE,
   * ERR_NO_WORKER or ERR_TEMPORAL_UNAVAILABLE (after 20 s) if Composio, the workers or Temporal do
   * not answer.
   */
  async reconnectLink(input: ReconnectLinkInput): Promise<ReconnectLink> {
    return mintReconnectLink(this.temporal, parseReconnectLinkInput(input), this.context);
  }

  /**
   * Refreshes an account whose grant has died, if the API can do that. An ACTIVE account is left
   * alone unless you pass `mode: 'proactive'`, which may break it. The result says what the run
   * found and did: see `HealOutcome`. With `reauth_required` Mooring sends
   * `connection.reauth_required` to your endpoints, once for each time the grant dies. It sends
   * `connection.healed` when the account is ACTIVE again, whatever the cause.
   *
   * If the user is present, pass `returnUrl`. The result then contains a `redirectUrl` where they
   * authorize the same account again. The account keeps its id, and `refreshing` waits for the
   * outcome. If the API gives no link, use `reconnectLink`.
   *
   * Safe to repeat: every write follows a read, and the call joins an open refresh with the same
   * options. With `requestId` a repeat gets the first result even later (check `expiresAt`).
   *
   * Throws MooringError: ERR_INVALID_INPUT; ERR_ACCOUNT_NOT_FOUND if the user has no such account;
   * ERR_UNAUTHORIZED. If there is no answer: ERR_NO_WORKER (after 12 s), ERR_API_UNAVAILABLE (after
   * 60 s) and ERR_TEMPORAL_UNAVAILABLE. Then repeat the call: it joins the refresh.
   */
  async refresh(input: RefreshInput): Promise<RefreshAnswer> {
    return startOrJoinRefresh(this.temporal, parseRefreshInput(input), this.context);
  }

  /**
   * The newest run of this account, if it waits or has waited for its user: `outcome`, `cancel`.
   * ERR_OUTCOME_UNKNOWN if the newest run has not waited for a user.
   */
  refreshing(connectedAccountId: string): ConnectionHandle {
    const id = parseInput(accountIdSchema, connectedAccountId, 'connectedAccountId');
    return new ConnectionHandle(this.temporal, accountWorkflowId(id));
  }

  /**
   * Sweeps the accounts that match a filter, or joins the open sweep of this name. If a Schedule
   * has this name, the call triggers the Schedule. Any input beside the name must then be the same
   * as the Schedule's. Returns at once; `result` waits.
   *
   * ERR_INVALID_INPUT if the input breaks a rule, if that Schedule is paused, or if the last sweep
   * of this name has halted itself. After a person has looked at the halt, pass `afterHalt` to
   * start the next sweep. Safe to repeat.
   */
  async startSweep(
    input: SweepInput,
    { afterHalt = false }: { afterHalt?: boolean } = {},
  ): Promise<SweepHandle> {
    const options = { ...this.context, afterHalt };
    const workflowId = await startOrJoinSweep(this.temporal, parseSweepInput(input), options);
    return new SweepHandle(this.temporal, workflowId);
  }

  /** The sweep of this workflow id, as `startSweep` and `sweeps` return it. */
  sweep(workflowId: string): SweepHandle {
    const [, name = ''] = /^sweep\/([^/]+)$/.exec(workflowId) ?? [];
    parseInput(sweepNameSchema, name.replace(/-\d{4}-\d\d-\d\dT.*$/, ''), 'workflowId');
    return new SweepHandle(this.temporal, workflowId);
  }

  /**
   * Lists sweeps, newest first, from Temporal's visibility. The list is seconds behind: use it to
   * look, not to decide.
   */
  sweeps(filter: { open?: boolean; limit?: number } = {}): AsyncIterable<SweepSummary> {
    return listSweepRuns(this.temporal, filter);
  }

  /**
   * Starts a run that reads an account and refreshes it if it has expired, and returns without
   * waiting for the run. Use it when a webhook says that an account has expired. Safe to repeat:
   * the call joins an open refresh, and the run reads before each write. `busy`: another run writes
   * to the account now, call again. Without a `userId` Mooring takes the user from the attempt that
   * made the account; `owner_unknown` if Temporal has no such attempt any more.
   * ERR_TEMPORAL_UNAVAILABLE if Temporal does not answer.
   */
  async startRefresh(
    account: Pick<OwnedAccount, 'connectedAccountId'> & { userId?: string },
  ): Promise<'started' | 'joined' | 'busy' | 'owner_unknown'> {
    return startRefresh(this.temporal, account, this.context);
  }

  /**
   * The connection of this id. Every call on the handle uses the newest attempt of the connection.
   * The handle itself makes no call. ERR_INVALID_INPUT if the id is not one that `connectUser`
   * returns.
   */
  connection(id: string): ConnectionHandle {
    const key = parseConnectionId(id);
    if (key === null) {
      const message = 'connectionId: is not one that connectUser has answered';
      throw new MooringError('ERR_INVALID_INPUT', message, { field: 'connectionId' });
    }
    return new ConnectionHandle(this.temporal, connectWorkflowId(key, this.context.idKey));
  }

  /** One attempt by its workflow and run, as a callback token names it. */
  attempt(workflowId: string, runId: string): ConnectionHandle {
    return new ConnectionHandle(this.temporal, workflowId, runId);
  }

  /**
   * Lists attempts, newest first, from Temporal's visibility. The list is seconds behind: use it to
   * look, not to decide. ERR_TEMPORAL_UNAVAILABLE while iterating; safe to repeat.
   */
  listConnections(filter: AttemptFilter = {}): AsyncIterable<AttemptSummary> {
    return listAttempts(this.temporal, filter, this.context.idKey);
  }

  /**
   * What Temporal knows against the use of an account by these users. `mooring/accounts` calls it,
   * and reads the rest from the API. ERR_TEMPORAL_UNAVAILABLE after 5 s: Mooring then does not
   * know.
   */
  async standing(
    account: AccountSnapshot | null,
    userIds: readonly string[],
  ): Promise<UseBlockers> {
    return readBlockers(this.temporal, account, userIds, this.context.idKey);
  }

  /**
   * Whether Temporal and its database answer within `timeoutMs`, for health checks. Never throws.
   */
  async isReachable(timeoutMs = 2_000): Promise<boolean> {
    return isReachable(this.#connection, this.temporal.options.namespace, timeoutMs);
  }

  /** Closes the connection to Temporal. Open attempts continue without it. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
}
