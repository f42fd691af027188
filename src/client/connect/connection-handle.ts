import { createHash, randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type {
  AuthCompletion,
  AuthSession,
  CallbackHint,
  Confirmation,
  ConnectView,
  ConnectOutcome,
} from '../../domain/connect/connect.ts';
import type { Given } from '../../domain/defined.ts';
import { MooringError } from '../../domain/errors.ts';
import { parseInput } from '../../domain/schemas.ts';
import {
  authSessionSchema,
  callbackHintSchema,
  confirmSchema,
} from '../../domain/connect/schemas.ts';
import {
  asOutcome,
  type AttemptDescription,
  describeAttempt,
  describeLastAttempt,
} from './attempts.ts';
import { asMooringError, isDeadline, callTemporal } from '../../temporal/errors.ts';
import { isDelivered } from '../../temporal/open-runs.ts';
import { sendUpdateUntil, answerWithinMs, queryRun, callWithin } from '../../temporal/deadline.ts';
import { type WaitOptions, waitForResult } from '../shared/wait-for-result.ts';
import {
  callbackSignal,
  cancelSignal,
  completeAuthUpdate,
  confirmUpdate,
  viewQuery,
} from '../../protocol/messages.ts';

/**
 * The newest attempt of one connection that was not refused. With a run id: exactly that attempt.
 */
export class ConnectionHandle {
  readonly #client: Client;
  readonly workflowId: string;
  readonly #runId: string | undefined;

  constructor(client: Client, workflowId: string, runId?: string) {
    this.#client = client;
    this.workflowId = workflowId;
    this.#runId = runId;
  }

  /**
   * Waits until the attempt is settled and returns its outcome. A refused `connectUser` call is no
   * attempt: then this returns the outcome of the attempt before it, or `FAILED` `refused` if there
   * is none.
   *
   * Costs one open request to Temporal and no API call. Safe to repeat, from any process.
   * ERR_OUTCOME_TIMEOUT after `timeoutMs` (default: no timeout). ERR_OUTCOME_UNKNOWN when Temporal
   * does not have the attempt, or not any more. `signal` aborts the wait; the call then throws the
   * signal's reason.
   *
   * ```ts
   * const outcome = await mooring.connections.get(connectionId).result({ timeoutMs: 600_000 });
   * if (outcome.status === 'ACTIVE') await activate(outcome.connectedAccountId);
   * ```
   */
  async result(options: WaitOptions = {}): Promise<ConnectOutcome> {
    // Without a run id, the handle reads the run that is the newest at this moment.
    const readOutcome = async () => {
      let outcome = asOutcome(await this.#handle().result());
      if (outcome?.reason === 'refused') {
        const { runId } = await this.#describeLastRun();
        const last = this.#client.workflow.getHandle(this.workflowId, runId);
        outcome = asOutcome(await last.result());
      }
      if (outcome !== null) return outcome;
      throw new MooringError(
        'ERR_OUTCOME_UNKNOWN',
        `the newest run of ${this.workflowId} has no outcome`,
      );
    };
    return waitForResult(this.#client, this.workflowId, readOutcome, options);
  }

  /**
   * Reads the state of the attempt. The answer is exact and needs no worker. ERR_OUTCOME_UNKNOWN
   * when Temporal has no attempt. ERR_TEMPORAL_UNAVAILABLE after `timeoutMs` (default: the SDK’s
   * retries, about 20 s). Safe to repeat.
   *
   * ```ts
   * const { phase, open } = await mooring.connections.get(connectionId).describe();
   * ```
   */
  async describe(options: { timeoutMs?: number | undefined } = {}): Promise<AttemptDescription> {
    const readDescription = async () =>
      describeAttempt(this.#client, await this.#describeLastRun());
    return this.#callWithDeadline(readDescription, options.timeoutMs);
  }

  /**
   * Reads everything that the attempt knows, except its secrets. A worker answers; without a
   * worker, ERR_NO_WORKER after about 13 s. Safe to repeat.
   *
   * ```ts
   * const { phase, connectedAccountId } = await mooring.connections.get(connectionId).view();
   * ```
   */
  async view(): Promise<ConnectView> {
    return callTemporal(async () => {
      const { runId } = await this.#describeLastRun();
      return queryRun(this.#client, { workflowId: this.workflowId, runId }, viewQuery);
    });
  }

  /**
   * Cancels the attempt and disconnects the account that it made. `result` then returns CANCELED,
   * or the outcome that was settled before. Returns false when no attempt was open. Safe to repeat.
   *
   * ```ts
   * const wasOpen = await mooring.connections.get(connectionId).cancel();
   * ```
   */
  async cancel(): Promise<boolean> {
    return this.#sendSignal(() => this.#handle().signal(cancelSignal));
  }

  /**
   * Notifies the attempt that a browser came back, for backends with their own `callbackUrl`. The
   * hint is never trusted: it only makes the attempt read the API now. Returns false when no
   * attempt is open. ERR_TEMPORAL_UNAVAILABLE after `timeoutMs`, as with `describe`; the hint may
   * have arrived even then. ERR_INVALID_INPUT if the hint breaks a rule.
   *
   * ```ts
   * await mooring.connections.get(connectionId).deliverCallback({ status: 'success' });
   * ```
   */
  async deliverCallback(
    hint: Given<CallbackHint>,
    options: { timeoutMs?: number | undefined } = {},
  ): Promise<boolean> {
    const checked = parseInput(callbackHintSchema, hint) as CallbackHint;
    return this.#sendSignal(
      () => this.#handle().signal(callbackSignal, checked),
      options.timeoutMs,
    );
  }

  /**
   * Confirms which user came back, for an attempt with `confirm: 'required'`. If it is the user of
   * this connection, the outcome is ACTIVE. If it is another user, the outcome is FAILED
   * `identity_mismatch` and Mooring disconnects the account. `code` is the `mooring_code` of the
   * returned URL. It is valid for five minutes and one use. `userId` is the user of your own
   * session; never take it from the URL.
   *
   * ```ts
   * const { userId } = session;
   * const outcome = await mooring.connections.get(connectionId).confirm({ code, userId });
   * ```
   *
   * Safe to repeat: the same call gets its first answer. ERR_INVALID_INPUT when the code is wrong,
   * used or expired. ERR_OUTCOME_UNKNOWN when no attempt is open. ERR_OUTCOME_TIMEOUT after
   * `timeoutMs` (default 30 s): repeat the call.
   */
  async confirm(
    confirmation: { code: string; userId: string },
    options: { timeoutMs?: number | undefined } = {},
  ): Promise<ConnectOutcome> {
    const { code, userId } = parseInput(confirmSchema, confirmation);
    const { timeoutMs = 30_000 } = options;
    // Only the hash is sent: no history ever holds a code that could still be used.
    const codeHash = createHash('sha256').update(code).digest('base64url');
    // The id covers code and user: another user with the same code makes another request.
    const updateId = createHash('sha256').update(`${codeHash}:${userId}`).digest('base64url');
    const update = { updateId, args: [{ codeHash, userId }] as [Confirmation] };
    try {
      return await this.#client.connection.withDeadline(Date.now() + timeoutMs, () =>
        this.#handle().executeUpdate(confirmUpdate, update),
      );
    } catch (error) {
      if (!isDeadline(error)) throw asMooringError(error);
      const message = `confirm of ${this.workflowId}: no answer after ${timeoutMs} ms; repeat it`;
      throw new MooringError('ERR_OUTCOME_TIMEOUT', message, { cause: error });
    }
  }

  /**
   * Reports to Composio which user is signed in, after a browser came to the project's callback
   * verifier with only a `session_uri`. Composio binds the grant to this user before it exchanges
   * any token. For projects that have a verifier. Stronger than `confirm`, and counts as `confirm`
   * too.
   *
   * Do not repeat it: the first answer uses up the session, even if that answer is lost. Then the
   * answer is `unknown`, and `result` returns the outcome of the attempt. ERR_OUTCOME_UNKNOWN when
   * no attempt is open. ERR_API_UNAVAILABLE when Composio does not answer for 30 s.
   * ERR_UNAUTHORIZED when Composio refuses the key. ERR_NO_WORKER after 12 s.
   *
   * ```ts
   * const sessionUri = url.searchParams.get('session_uri') ?? '';
   * const { userId } = session;
   * await mooring.connections.get(connectionId).completeAuth({ sessionUri, userId });
   * ```
   */
  async completeAuth(session: AuthSession): Promise<AuthCompletion> {
    const args = [parseInput(authSessionSchema, session)] as [AuthSession];
    const update = { updateId: randomUUID(), args, waitForStage: 'ACCEPTED' as const };
    const until = Date.now() + answerWithinMs;
    const { workflowId } = this;
    return callTemporal(async () => {
      const started = await sendUpdateUntil(this.#client, until, workflowId, () =>
        this.#handle().startUpdate(completeAuthUpdate, update),
      );
      const left = Math.max(until - Date.now(), 1);
      const advice = 'do not repeat it: the session may be used up; read the outcome';
      return callWithin(this.#client, left, workflowId, () => started.result(), advice);
    });
  }

  async #describeLastRun() {
    return this.#runId === undefined
      ? describeLastAttempt(this.#client, this.workflowId)
      : this.#handle().describe();
  }

  #handle() {
    return this.#client.workflow.getHandle(this.workflowId, this.#runId);
  }

  async #sendSignal(send: () => Promise<void>, timeoutMs?: number): Promise<boolean> {
    return this.#callWithDeadline(() => isDelivered(send()), timeoutMs);
  }

  async #callWithDeadline<T>(call: () => Promise<T>, timeoutMs?: number): Promise<T> {
    const { connection } = this.#client;
    try {
      if (timeoutMs === undefined) return await call();
      return await connection.withDeadline(Date.now() + timeoutMs, call);
    } catch (error) {
      throw asMooringError(error);
    }
  }
}
