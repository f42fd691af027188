import { createHash, randomUUID } from 'node:crypto';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type {
  AuthCompletion,
  AuthSession,
  CallbackHint,
  Confirmation,
  ConnectView,
  Outcome,
} from '../../domain/connect/connect.ts';
import { MooringError } from '../../domain/errors.ts';
import { parse } from '../../domain/schemas.ts';
import { authSessionSchema, confirmSchema } from '../../domain/connect/schemas.ts';
import { asOutcome, type AttemptDescription, describeAttempt, lastAttempt } from './attempts.ts';
import { asMooringError, isAborted, isDeadline, reached } from '../../temporal/errors.ts';
import { accepted, answerWithinMs, queried, within } from '../../temporal/deadline.ts';
import {
  callbackSignal,
  cancelSignal,
  completeAuthUpdate,
  confirmUpdate,
  viewQuery,
} from '../../protocol/messages.ts';

/** The newest attempt of one connection that was not refused; or, made with a run id, that very attempt. */
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
   * Waits until the attempt is settled. A call of `connectUser` that was refused is no attempt: the answer is the
   * outcome of the one before it, and `FAILED` `refused` only if there is none. Costs one open request and no API call; waiting again, from
   * anywhere, is safe. ERR_OUTCOME_TIMEOUT after `timeoutMs` (default: none); ERR_OUTCOME_UNKNOWN when
   * Temporal has no such attempt (any more); `signal` ends the wait with its own reason.
   */
  async outcome(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<Outcome> {
    const { timeoutMs, signal } = options;
    signal?.throwIfAborted();
    const { connection } = this.#client;
    // A handle made by id has no chain to follow: it is the newest run at this moment.
    const waiting = async () => {
      let outcome = asOutcome(await this.#handle().result());
      if (outcome?.reason === 'refused') {
        const { runId } = await this.#lastRun();
        const last = this.#client.workflow.getHandle(this.workflowId, runId);
        outcome = asOutcome(await last.result());
      }
      if (outcome !== null) return outcome;
      throw new MooringError('ERR_OUTCOME_UNKNOWN', 'the newest run has waited for nobody');
    };
    const timed =
      timeoutMs === undefined
        ? waiting
        : () => connection.withDeadline(Date.now() + timeoutMs, waiting);
    try {
      return await (signal === undefined ? timed() : connection.withAbortSignal(signal, timed));
    } catch (error) {
      if (signal?.aborted && isAborted(error)) throw signal.reason;
      if (timeoutMs !== undefined && isDeadline(error)) {
        const message = `not settled within ${timeoutMs} ms`;
        throw new MooringError('ERR_OUTCOME_TIMEOUT', message, { cause: error });
      }
      throw asMooringError(error);
    }
  }

  /**
   * Where the attempt stands. Exact, and needs no worker. ERR_OUTCOME_UNKNOWN when Temporal has none;
   * ERR_TEMPORAL_UNAVAILABLE after `timeoutMs` (default: the SDK’s retries, some 20 s).
   */
  async describe(options: { timeoutMs?: number } = {}): Promise<AttemptDescription> {
    const describing = async () => describeAttempt(this.#client, await this.#lastRun());
    return this.#calling(describing, options.timeoutMs);
  }

  /** All that an attempt knows except its secrets. A worker answers; without one, ERR_NO_WORKER after some 13 s. */
  async view(): Promise<ConnectView> {
    return reached(async () => {
      const { runId } = await this.#lastRun();
      return queried(this.#client, { workflowId: this.workflowId, runId }, viewQuery);
    });
  }

  /**
   * Ends the attempt and what it made; `outcome` then tells CANCELED, or what was settled before. False
   * when there was no open attempt to cancel. Safe to repeat.
   */
  async cancel(): Promise<boolean> {
    return this.#tell(() => this.#handle().signal(cancelSignal));
  }

  /**
   * Passes on that a browser has come back, for backends with a `callbackUrl` of their own. Never
   * believed: it only makes the attempt read the API now. False when no open attempt was there to hear it.
   * ERR_TEMPORAL_UNAVAILABLE after `timeoutMs`, as with `describe`; it may have been heard all the same.
   */
  async deliverCallback(
    hint: CallbackHint,
    options: { timeoutMs?: number } = {},
  ): Promise<boolean> {
    return this.#tell(() => this.#handle().signal(callbackSignal, hint), options.timeoutMs);
  }

  /**
   * Says who has come back, which makes an attempt with `confirm: 'required'` count: ACTIVE when it is
   * the user of this connection, FAILED `identity_mismatch` (and the account is ended) when it is somebody
   * else. `code` is `mooring_code` of the returned URL, good for five minutes and one use; `userId` the one
   * who is signed in there, by your own session, never taken from the URL.
   *
   * ```ts
   * const { mooring_connection: id, mooring_code: code } = request.query;
   * const outcome = await mooring.connection(id).confirm({ code, userId: request.session.userId });
   * ```
   *
   * Repeating the very call is safe and gets its first answer. ERR_INVALID_INPUT when the code is wrong,
   * used or expired; ERR_OUTCOME_UNKNOWN when no open attempt is there; ERR_OUTCOME_TIMEOUT after
   * `timeoutMs` (default 30 s): repeat the call.
   */
  async confirm(
    confirmation: { code: string; userId: string },
    options: { timeoutMs?: number } = {},
  ): Promise<Outcome> {
    const { code, userId } = parse(confirmSchema, confirmation);
    const { timeoutMs = 30_000 } = options;
    // Only the hash travels: no history ever holds a code that could still be used.
    const codeHash = createHash('sha256').update(code).digest('base64url');
    // One id, one payload: what another user says with this code is not the same request.
    const updateId = createHash('sha256').update(`${codeHash}:${userId}`).digest('base64url');
    const update = { updateId, args: [{ codeHash, userId }] as [Confirmation] };
    try {
      return await this.#client.connection.withDeadline(Date.now() + timeoutMs, () =>
        this.#handle().executeUpdate(confirmUpdate, update),
      );
    } catch (error) {
      if (!isDeadline(error)) throw asMooringError(error);
      const message = `not settled within ${timeoutMs} ms`;
      throw new MooringError('ERR_OUTCOME_TIMEOUT', message, { cause: error });
    }
  }

  /**
   * Tells Composio who is signed in where a browser has come to the project's callback verifier, with
   * `session_uri` alone: the grant is bound to this user before any token is exchanged. For projects that
   * have a verifier, and stronger than `confirm`, for which it counts as well.
   *
   * Not to be repeated: a session is used up by its first answer, also when that is lost. `unknown` then;
   * `outcome` tells how it went. ERR_OUTCOME_UNKNOWN when no open attempt is there, ERR_API_UNAVAILABLE
   * when Composio does not answer for 30 s, ERR_UNAUTHORIZED when it refuses the key, ERR_NO_WORKER after 12 s.
   */
  async completeAuth(session: AuthSession): Promise<AuthCompletion> {
    const args = [parse(authSessionSchema, session)] as [AuthSession];
    const update = { updateId: randomUUID(), args, waitForStage: 'ACCEPTED' as const };
    const until = Date.now() + answerWithinMs;
    const { workflowId } = this;
    return reached(async () => {
      const started = await accepted(this.#client, until, workflowId, () =>
        this.#handle().startUpdate(completeAuthUpdate, update),
      );
      const left = Math.max(until - Date.now(), 1);
      return within(this.#client, left, workflowId, () => started.result());
    });
  }

  async #lastRun() {
    return this.#runId === undefined
      ? lastAttempt(this.#client, this.workflowId)
      : this.#handle().describe();
  }

  #handle() {
    return this.#client.workflow.getHandle(this.workflowId, this.#runId);
  }

  async #tell(signal: () => Promise<void>, timeoutMs?: number): Promise<boolean> {
    return this.#calling(async () => {
      try {
        await signal();
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    }, timeoutMs);
  }

  async #calling<T>(call: () => Promise<T>, timeoutMs?: number): Promise<T> {
    const { connection } = this.#client;
    try {
      if (timeoutMs === undefined) return await call();
      return await connection.withDeadline(Date.now() + timeoutMs, call);
    } catch (error) {
      throw asMooringError(error);
    }
  }
}
