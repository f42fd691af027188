import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { CallbackHint, ConnectView, Outcome } from './domain/connection.ts';
import { MooringError } from './domain/errors.ts';
import { type AttemptDescription, describeAttempt } from './temporal/attempts.ts';
import { asMooringError, isAborted, isDeadline } from './temporal/failures.ts';
import { callbackSignal, cancelSignal, viewQuery } from './workflows/messages.ts';

/** The newest attempt of one connection; or, made with a run id, that very attempt. */
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
   * Waits until the attempt is settled. Costs one open request and no API call; waiting again, from
   * anywhere, is safe. ERR_OUTCOME_TIMEOUT after `timeoutMs` (default: none); ERR_OUTCOME_UNKNOWN when
   * Temporal has no such attempt (any more); `signal` ends the wait with its own reason.
   */
  async outcome(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<Outcome> {
    const { timeoutMs, signal } = options;
    signal?.throwIfAborted();
    const { connection } = this.#client;
    // A handle made by id has no chain to follow: it is the newest run at this moment.
    const waiting = () => this.#handle().result() as Promise<Outcome>;
    const timed =
      timeoutMs === undefined
        ? waiting
        : () => connection.withDeadline(Date.now() + timeoutMs, waiting);
    try {
      return await (signal === undefined ? timed() : connection.withAbortSignal(signal, timed));
    } catch (error) {
      if (signal?.aborted && isAborted(error)) throw signal.reason;
      if (isDeadline(error)) {
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
    return this.#calling(() => describeAttempt(this.#handle()), options.timeoutMs);
  }

  /** Everything an attempt knows but its secrets, asked of a worker: without one, ERR_TEMPORAL_UNAVAILABLE after the SDK's time. */
  async view(): Promise<ConnectView> {
    return this.#calling(() => this.#handle().query(viewQuery));
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
