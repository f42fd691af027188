import { randomUUID } from 'node:crypto';
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { type Environment, processEnvironment, temporalConfig } from './config.ts';
import { ConnectionHandle } from './connection-handle.ts';
import type { ConnectAnswer, ConnectUserInput } from './domain/connection.ts';
import { type ErrorCode, MooringError } from './domain/errors.ts';
import { EventDeliveries } from './event-deliveries.ts';
import { connectWorkflowId, visibleUserId } from './domain/hashed-ids.ts';
import { connectionId, parseConnectionId } from './domain/ids.ts';
import { parseConnectUserInput } from './domain/schemas.ts';
import { type AttemptFilter, type AttemptSummary, listAttempts } from './temporal/attempts.ts';
import { loadConnection, reaching } from './temporal/connect.ts';
import { dataConverter, requireEncryption } from './temporal/data-converter.ts';
import { asMooringError, isDeadline, refusalType } from './temporal/failures.ts';
import {
  attemptEnded,
  connectUpdate,
  searchAttributeKeys,
  viewQuery,
} from './workflows/messages.ts';

export { ConnectionHandle } from './connection-handle.ts';
export { EventDeliveries } from './event-deliveries.ts';
export { verifyEvent } from './verify-event.ts';
export type { Environment } from './config.ts';
export type { AttemptDescription, AttemptFilter, AttemptSummary } from './temporal/attempts.ts';
export type { EventFilter, EventSummary } from './temporal/events.ts';
export type { DeliveryPhase } from './domain/delivery.ts';
export {
  type ConnectEventData,
  type EventType,
  eventTypes,
  type MooringEvent,
} from './domain/events.ts';
export { eventSchema } from './domain/event-schemas.ts';
export type { ConnectTimings } from './domain/timings.ts';
export type {
  CallbackHint,
  ConnectAnswer,
  ConnectMethod,
  ConnectPhase,
  ConnectUserInput,
  ConnectView,
  Outcome,
  OutcomeStatus,
  Reason,
} from './domain/connection.ts';
export { type ErrorCode, errorCodes, MooringError } from './domain/errors.ts';

/** A worker takes an update within milliseconds; with the asking that follows it is ten seconds until we give up. */
const acceptWithinMs = 9_000;
const askWithinMs = 1_000;
/** A link takes one list and one create. Beyond this the API is in trouble, and the attempt goes on without us. */
const linkWithinMs = 60_000;
/** How often a call that came just as an attempt ended may find the next one ending too. */
const mostRepeats = 5;

export interface MooringClientOptions {
  /**
   * Where the client is configured: `TEMPORAL_*` (Temporal's own envconfig), `MOORING_ENCRYPTION_KEYS`,
   * `MOORING_TASK_QUEUE`, `MOORING_ID_KEY`. Default: the process's environment.
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
  readonly #taskQueue: string;
  readonly #idKey: string | undefined;
  /** What your endpoints were sent. */
  readonly events: EventDeliveries;

  private constructor(connection: Connection, client: Client, taskQueue: string, idKey?: string) {
    this.#connection = connection;
    this.#client = client;
    this.#taskQueue = taskQueue;
    this.#idKey = idKey;
    this.events = new EventDeliveries(client);
  }

  /**
   * Connects to Temporal. ERR_TEMPORAL_UNAVAILABLE when it is away; ERR_ENCRYPTION_KEY_MISSING when it
   * is not on this machine and no key is set.
   */
  static async connect(options: MooringClientOptions = {}): Promise<MooringClient> {
    const { environment = processEnvironment } = options;
    const config = temporalConfig(environment);
    const { address, namespace, connectionOptions } = loadConnection(environment);
    const { MOORING_ENCRYPTION_KEYS: keys, MOORING_ALLOW_PLAINTEXT: allowPlaintext } = config;
    requireEncryption({ address, keys, allowPlaintext });
    const connection = await reaching(address, () => Connection.connect(connectionOptions));
    const converter = dataConverter({ encryptionKeys: keys });
    const client = new Client({ connection, namespace, dataConverter: converter });
    return new MooringClient(connection, client, config.MOORING_TASK_QUEUE, config.MOORING_ID_KEY);
  }

  /**
   * Starts to connect a user, or joins the open attempt of this user and auth config, and answers the
   * link at once. Safe to repeat: while the attempt is open every call answers the same link; with
   * `requestId` a repeat gets the first answer even afterwards (mind `expiresAt`), a refusal included:
   * after one, use another id.
   *
   * Throws MooringError: ERR_INVALID_INPUT before anything is started; ERR_ALREADY_CONNECTED,
   * ERR_CONNECT_IN_PROGRESS, ERR_AUTH_CONFIG_NOT_FOUND, ERR_ACCOUNT_NOT_FOUND, ERR_USER_BLOCKED,
   * ERR_ACCOUNT_BUSY, ERR_UNAUTHORIZED when refused; ERR_NO_WORKER (after 10 s), ERR_API_UNAVAILABLE (after 60 s) and
   * ERR_TEMPORAL_UNAVAILABLE when somebody is away: repeat the call, it joins.
   */
  async connectUser(input: ConnectUserInput): Promise<ConnectAnswer> {
    const checked = parseConnectUserInput(input);
    const requestId = checked.requestId ?? randomUUID();
    for (let repeat = 1; ; repeat++) {
      try {
        return await this.#startOrJoin(
          checked,
          repeat === 1 ? requestId : `${requestId}.${repeat}`,
        );
      } catch (error) {
        if (refusalType(error) !== attemptEnded || repeat === mostRepeats)
          throw asMooringError(error);
      }
    }
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
    return new ConnectionHandle(this.#client, connectWorkflowId(key, this.#idKey));
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
    return listAttempts(this.#client, filter, this.#idKey);
  }

  /** Whether Temporal answers within `timeoutMs`, for health checks. Never throws. */
  async isReachable(timeoutMs = 2_000): Promise<boolean> {
    const asking = this.#connection.withDeadline(Date.now() + timeoutMs, () =>
      this.#connection.workflowService.getSystemInfo({}),
    );
    return asking.then(
      () => true,
      () => false,
    );
  }

  /** Lets go of the connection to Temporal. Attempts go on without us. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #startOrJoin(input: ConnectUserInput, updateId: string): Promise<ConnectAnswer> {
    const { userId, authConfigId, metadata = {} } = input;
    const key = { userId, authConfigId, alias: null };
    const workflowId = connectWorkflowId(key, this.#idKey);
    const startWorkflowOperation = new WithStartWorkflowOperation('connectUser', {
      workflowId,
      taskQueue: this.#taskQueue,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      memo: { connectionId: connectionId(key), metadata },
      typedSearchAttributes: [
        { key: searchAttributeKeys.userId, value: visibleUserId(userId, this.#idKey) },
        { key: searchAttributeKeys.authConfigId, value: authConfigId },
        { key: searchAttributeKeys.phase, value: 'opening' },
      ],
    });
    const update = await this.#within(acceptWithinMs, workflowId, () =>
      this.#client.workflow.startUpdateWithStart(connectUpdate, {
        startWorkflowOperation,
        updateId,
        args: [input],
        waitForStage: 'ACCEPTED',
      }),
    );
    return this.#within(linkWithinMs, workflowId, () => update.result());
  }

  async #within<T>(ms: number, workflowId: string, call: () => Promise<T>): Promise<T> {
    try {
      return await this.#connection.withDeadline(Date.now() + ms, call);
    } catch (error) {
      if (!isDeadline(error)) throw error;
      throw await this.#whoIsAway(workflowId, error);
    }
  }

  /** A deadline looks the same whoever is away: so ask Temporal, and by a query the worker. */
  async #whoIsAway(workflowId: string, cause: unknown): Promise<MooringError> {
    const asking = this.#connection.withDeadline(Date.now() + askWithinMs, () =>
      this.#client.workflow.getHandle(workflowId).query(viewQuery),
    );
    const [temporal, worker] = await Promise.all([
      this.isReachable(askWithinMs),
      asking.then(
        () => true,
        () => false,
      ),
    ]);
    const because = (code: ErrorCode, who: string) =>
      new MooringError(code, `${who}; nothing is lost, and a repeat joins the attempt`, { cause });
    if (!temporal) return because('ERR_TEMPORAL_UNAVAILABLE', 'Temporal cannot be reached');
    if (worker) return because('ERR_API_UNAVAILABLE', 'Composio has not answered yet');
    return because('ERR_NO_WORKER', 'no worker answers (or not one with these encryption keys)');
  }
}
