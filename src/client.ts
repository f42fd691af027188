import { Client, type Connection } from '@temporalio/client';
import { z } from 'zod';
import {
  type MooringEnvironment,
  processEnvironment,
  readClientSettings,
  variablesByPart,
} from './config.ts';
import { UserAccessHandle } from './client/access/user-access-handle.ts';
import { Accounts } from './client/change/accounts.ts';
import { Connections } from './client/connect/connections.ts';
import { startOrJoinConnect } from './client/connect/start-connect.ts';
import { EventDeliveries } from './client/events/event-deliveries.ts';
import { OwnCalls, ownCalls } from './client/own-calls.ts';
import type { ClientCore } from './client/shared/core.ts';
import { Schedules } from './client/sweep/schedules.ts';
import { Sweeps } from './client/sweep/sweeps.ts';
import { sealRequest } from './crypto/sealed-credentials.ts';
import type { ConnectAnswer, ConnectUserInput } from './domain/connect/connect.ts';
import type { Given } from './domain/defined.ts';
import { parseConnectUserInput } from './domain/connect/schemas.ts';
import { parseInput } from './domain/schemas.ts';
import { connectToTemporal, loadTemporalSettings } from './temporal/connect.ts';
import { requireEncryption } from './temporal/data-converter.ts';
import { createOwnClient } from './temporal/own-client.ts';
import { connectAndRecordLimits } from './temporal/temporal-limits.ts';

export interface MooringClientOptions {
  /**
   * Your own Temporal client. Mooring takes its connection, namespace, identity and interceptors.
   * It does not take its data converter, and it never closes the connection.
   */
  client: Client;
  /** `MOORING_TASK_QUEUE` of the workers. Default: `mooring`. */
  taskQueue?: string | undefined;
  /** `MOORING_ENCRYPTION_KEYS` of the workers: they encrypt all that Temporal stores. */
  encryptionKeys?: string | undefined;
  /** `MOORING_CREDENTIAL_KEYS` of the workers: they seal the credentials of your users. */
  credentialKeys?: string | undefined;
  /** `MOORING_ID_KEY` of the workers, if they have one: it hides user ids in workflow ids. */
  idKey?: string | undefined;
  /** Works without `encryptionKeys`: Temporal then stores links and ids in plain text. */
  allowPlaintext?: boolean | undefined;
}

export interface MooringConnectOptions {
  /**
   * The variables that configure the client: `TEMPORAL_*` (Temporal's own envconfig),
   * `MOORING_ENCRYPTION_KEYS`, `MOORING_CREDENTIAL_KEYS`, `MOORING_TASK_QUEUE`, `MOORING_ID_KEY`.
   * Default: the environment of the process.
   */
  environment?: MooringEnvironment | undefined;
}

const variables = variablesByPart.backend;

/** The options have the rules of their variables. */
const optionsSchema = z.strictObject({
  taskQueue: variables.MOORING_TASK_QUEUE,
  encryptionKeys: variables.MOORING_ENCRYPTION_KEYS,
  credentialKeys: variables.MOORING_CREDENTIAL_KEYS,
  idKey: variables.MOORING_ID_KEY,
  allowPlaintext: z.boolean().default(false),
});

/**
 * What a backend imports to connect its users. It calls only Temporal and holds no Composio key.
 *
 * ```ts
 * import { MooringClient } from 'mooring';
 *
 * const mooring = await MooringClient.connect();
 * const { connectionId, redirectUrl } = await mooring.connectUser({
 *   userId: 'user_123', authConfigId: 'ac_gmail', returnUrl: 'https://app.example/done',
 * });
 * // Send the browser to redirectUrl. Minutes later, after a deploy or on another machine:
 * const outcome = await mooring.connections.get(connectionId).result({ timeoutMs: 600_000 });
 * ```
 */
export class MooringClient {
  readonly #core: ClientCore;
  /** Only if `connect` has opened it. */
  #ownConnection: Connection | null = null;
  /** Attempts to connect, and links to connect again. */
  readonly connections: Connections;
  /** Refreshes, changes and disconnects single accounts. */
  readonly accounts: Accounts;
  /** Checks or refreshes many accounts at once. */
  readonly sweeps: Sweeps;
  /** The sweeps that a Temporal Schedule starts again and again. */
  readonly schedules: Schedules;
  /** The events that Mooring sends to your endpoints. */
  readonly events: EventDeliveries;

  /**
   * A client on a Temporal client that you already have. It makes no call. ERR_INVALID_INPUT if an
   * option breaks a rule; ERR_ENCRYPTION_KEY_MISSING if there are neither `encryptionKeys` nor
   * `allowPlaintext`.
   *
   * ```ts
   * import { Client, Connection } from '@temporalio/client';
   * import { MooringClient } from 'mooring';
   *
   * const client = new Client({ connection: await Connection.connect() });
   * const mooring = new MooringClient({ client, encryptionKeys });
   * ```
   */
  constructor({ client, ...options }: MooringClientOptions) {
    const settings = parseInput(optionsSchema, options);
    const { encryptionKeys: keys, credentialKeys, allowPlaintext, taskQueue, idKey } = settings;
    requireEncryption({ keys, allowPlaintext }, optionNames);
    const temporal = createOwnClient(client, keys);
    this.#core = { temporal, context: { taskQueue, idKey }, credentialKeys };
    this.connections = new Connections(this.#core);
    this.accounts = new Accounts(this.#core);
    this.sweeps = new Sweeps(this.#core);
    this.schedules = new Schedules(temporal, taskQueue);
    this.events = new EventDeliveries(temporal);
  }

  /**
   * Reads the environment and connects to Temporal. ERR_INVALID_INPUT names the variable that
   * breaks a rule; ERR_TEMPORAL_UNAVAILABLE if Temporal does not answer; ERR_ENCRYPTION_KEY_MISSING
   * if neither an encryption key nor MOORING_ALLOW_PLAINTEXT is set.
   *
   * ```ts
   * import { MooringClient } from 'mooring';
   *
   * await using mooring = await MooringClient.connect();
   * ```
   */
  static async connect(options: MooringConnectOptions = {}): Promise<MooringClient> {
    const { environment = processEnvironment } = options;
    const settings = readClientSettings(environment);
    const { address, namespace, connectionOptions } = loadTemporalSettings(environment);
    requireEncryption({ ...settings, keys: settings.encryptionKeys });
    const connection = await connectToTemporal(address, () =>
      connectAndRecordLimits(connectionOptions),
    );
    const mooring = new MooringClient({
      client: new Client({ connection, namespace }),
      ...settings,
    });
    mooring.#ownConnection = connection;
    return mooring;
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
   *
   * ```ts
   * const { redirectUrl, expiresAt } = await mooring.connectUser({
   *   userId: 'user_123', authConfigId: 'ac_gmail', returnUrl: 'https://app.example/done',
   * });
   * ```
   */
  async connectUser(input: Given<ConnectUserInput>): Promise<ConnectAnswer> {
    const { temporal, context, credentialKeys } = this.#core;
    const request = sealRequest(parseConnectUserInput(input), credentialKeys);
    return startOrJoinConnect(temporal, request, context);
  }

  /**
   * The access of this user: pauses it, restores it, offboards the user, and shows it. The handle
   * itself makes no call. ERR_INVALID_INPUT if the id is not a user id.
   *
   * ```ts
   * const view = await mooring.access('user_123').view(); // null: the access is open
   * ```
   */
  access(userId: string): UserAccessHandle {
    return new UserAccessHandle(this.#core, userId);
  }

  /** The calls of Mooring's own parts. Not part of the public API: they may change. */
  get [ownCalls](): OwnCalls {
    return new OwnCalls(this.#core);
  }

  /**
   * Closes the connection to Temporal, unless it is your own. Open attempts continue without it.
   * Safe to repeat.
   */
  async close(): Promise<void> {
    await this.#ownConnection?.close();
    this.#ownConnection = null;
  }

  /** As `close`, at the end of the block of an `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const optionNames = { keysName: 'encryptionKeys', allowName: 'allowPlaintext: true' };
