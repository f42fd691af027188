import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AccessAnswer,
  AccessRequest,
  AccessRequestInput,
  AccessView,
  AdjustInput,
  AttributedRequestInput,
  LapseInput,
  OffboardInput,
  OffboardingReceipt,
  PlannedAccess,
} from '../../domain/access/access.ts';
import {
  parseAccessInput,
  parseAccessRequest,
  parseSubscriptionEvent,
} from '../../domain/access/schemas.ts';
import type { SubscriptionEvent } from '../../domain/access/subscription-event.ts';
import { MooringError } from '../../domain/errors.ts';
import { defined } from '../../domain/defined.ts';
import { userWorkflowId } from '../../domain/hashed-ids.ts';
import { idSchema, parseInput, requestIdSchema } from '../../domain/schemas.ts';
import { callTemporal } from '../../temporal/errors.ts';
import { readReceipt } from './offboarding-receipt.ts';
import { readNewestRun } from '../../temporal/open-runs.ts';
import { queryRun, callWithin } from '../../temporal/deadline.ts';
import { accessViewQuery, searchAttributeKeys } from '../../protocol/messages.ts';
import type { ClientCore } from '../shared/core.ts';
import { type RunDescription, toRunDescription } from '../shared/describe-run.ts';
import { callUntilAborted, timeoutError, type WaitOptions } from '../shared/wait-for-result.ts';
import { planAccess, requestAccess, signalSubscription } from './request-access.ts';

const callWithinMs = 10_000;
const pollFirstMs = 500;
const pollMaxMs = 10_000;

/** In these phases `result` waits without a query. `opening`: the run has just started. */
const activePhases = ['opening', 'cooling_off', 'offboarding'];

/**
 * The access of one user: pauses it, restores it, offboards the user, and shows it. Creating a
 * handle makes no call.
 *
 * All requests are safe to repeat: a repeat joins what is under way, and with `requestId` it gets
 * the first result. The result is a value: see `AccessOutcome`. All requests throw MooringError:
 * ERR_INVALID_INPUT before anything is started; ERR_NO_WORKER (after 12 s) and
 * ERR_TEMPORAL_UNAVAILABLE. Repeat the call after these two.
 */
export class UserAccessHandle {
  readonly #core: ClientCore;
  readonly #userId: string;
  readonly workflowId: string;

  constructor(core: ClientCore, userId: string) {
    this.#core = core;
    this.#userId = parseInput(idSchema, userId, 'userId');
    this.workflowId = userWorkflowId(this.#userId, core.context.idKey);
  }

  /**
   * Pauses a user whose subscription has lapsed. After the grace, Mooring disables their ACTIVE
   * accounts and refuses new attempts. It deletes nothing, and `renew` enables again exactly what
   * was disabled. Your call decides that the user has not paid: Mooring does not ask the
   * entitlement hook.
   *
   * ```ts
   * const { phase, until } = await mooring.access('user_123').lapse({ graceMs: 86_400_000 });
   * ```
   */
  async lapse(input: LapseInput = {}): Promise<AccessAnswer> {
    return this.#request('lapse', input);
  }

  /**
   * Restores the accounts that a lapse has disabled. Mooring then sends `subscription.resumed`,
   * which also reports the accounts that it could not restore.
   *
   * ```ts
   * const { outcome } = await mooring.access('user_123').renew();
   * ```
   */
  async renew(input: AccessRequestInput = {}): Promise<AccessAnswer> {
    return this.#request('renew', input);
  }

  /**
   * Disconnects all accounts of a user, with proof. First comes the cooling-off (default: one
   * hour). In it the accounts are disabled, and `cancelOffboard` restores them. Then Mooring
   * revokes and deletes all accounts, until none is left. `result` waits for the receipt. With
   * `block` the user cannot connect until `readmit`. `planOffboard` lists the accounts.
   *
   * ```ts
   * const access = mooring.access('user_123');
   * await access.offboard({ actor: 'ops@app.example', reason: 'account closed' });
   * const receipt = await access.result();
   * ```
   */
  async offboard(input: OffboardInput): Promise<AccessAnswer> {
    return this.#request('offboard', input);
  }

  /**
   * What `offboard` would do now with the same input, and to which accounts. Changes nothing.
   *
   * ```ts
   * const by = { actor: 'ops@app.example', reason: 'account closed' };
   * const { plan } = await mooring.access('user_123').planOffboard(by);
   * ```
   */
  async planOffboard(input: OffboardInput): Promise<PlannedAccess> {
    const { temporal, context } = this.#core;
    const { request } = this.#parse('offboard', input);
    return planAccess(temporal, request, context);
  }

  /**
   * Cancels an offboarding during its cooling-off: Mooring enables what the offboarding has
   * disabled. After the cooling-off the outcome is `too_late`.
   *
   * ```ts
   * const { outcome } = await mooring.access('user_123').cancelOffboard();
   * ```
   */
  async cancelOffboard(input: AccessRequestInput = {}): Promise<AccessAnswer> {
    return this.#request('cancelOffboard', input);
  }

  /**
   * Lets a user connect again after an offboarding with `block`.
   *
   * ```ts
   * await mooring.access('user_123').readmit({ actor: 'ops@app.example' });
   * ```
   */
  async readmit(input: AccessRequestInput = {}): Promise<AccessAnswer> {
    return this.#request('readmit', input);
  }

  /**
   * Continues what is `held`: a pause or an offboarding that Mooring holds because too many users
   * would have lost their access within an hour.
   *
   * ```ts
   * const by = { actor: 'ops@app.example', reason: 'the lapses are right' };
   * await mooring.access('user_123').release(by);
   * ```
   */
  async release(input: AttributedRequestInput): Promise<AccessAnswer> {
    return this.#request('release', input);
  }

  /**
   * Moves the end of a grace or of a cooling-off, to at most 90 days from now. A time in the past
   * ends it now.
   *
   * ```ts
   * const by = { actor: 'ops@app.example', reason: 'they pay on Monday' };
   * await mooring.access('user_123').adjust({ until: '2027-01-11T09:00:00Z', ...by });
   * ```
   */
  async adjust(input: AdjustInput): Promise<AccessAnswer> {
    return this.#request('adjust', input);
  }

  /**
   * Passes on an event of a billing system. It is a hint: a lapse starts its grace, and Mooring
   * asks the backend's entitlement hook before it disables or restores anything. Returns when
   * Temporal has the event. Safe to repeat: Mooring knows the event by its id. ERR_INVALID_INPUT if
   * the event is of another user.
   *
   * ```ts
   * const occurredAt = '2027-01-04T09:00:00Z';
   * const event = { id: 'evt_1', type: 'subscription.lapsed', userId, occurredAt } as const;
   * await mooring.access(userId).note(event);
   * ```
   */
  async note(
    event: SubscriptionEvent,
    { timings }: Pick<AccessRequestInput, 'timings'> = {},
  ): Promise<void> {
    const checked = parseSubscriptionEvent(event);
    if (checked.userId !== this.#userId) {
      const message = 'userId: the event is of another user than this handle';
      throw new MooringError('ERR_INVALID_INPUT', message, { field: 'userId' });
    }
    await signalSubscription(this.#core.temporal, checked, timings, this.#core.context);
  }

  /**
   * Reads the newest run of the user's access: its phase, and since when. The answer is exact and
   * needs no worker. Null when Temporal has none. ERR_TEMPORAL_UNAVAILABLE. Safe to repeat.
   */
  async describe(): Promise<RunDescription | null> {
    const run = await this.#readNewestRun();
    return run && toRunDescription(run);
  }

  /**
   * Reads the user's access: the phase, when it ends, who asked for it and why. A worker answers.
   * Null when the access is open and no run is under way. Safe to repeat. ERR_NO_WORKER after 12 s;
   * ERR_TEMPORAL_UNAVAILABLE.
   *
   * ```ts
   * const view = await mooring.access('user_123').view();
   * console.log(view?.phase ?? 'open', view?.until);
   * ```
   */
  async view(): Promise<AccessView | null> {
    const run = await this.#readNewestRun();
    if (run === null || run.closeTime !== undefined) return null;
    return queryRun(this.#core.temporal, run, accessViewQuery);
  }

  /**
   * Waits until no offboarding is under way and returns its receipt; null when it was canceled, or
   * there was none. The wait includes the cooling-off and, if the offboarding is held, its release
   * by a person. Safe to repeat. ERR_OUTCOME_TIMEOUT after `timeoutMs`. ERR_NO_WORKER as with
   * `receipt`.
   */
  async result(options: WaitOptions = {}): Promise<OffboardingReceipt | null> {
    const { timeoutMs = Infinity, signal } = options;
    const until = Date.now() + timeoutMs;
    for (let ms = pollFirstMs; ; ms = Math.min(ms * 1.5, pollMaxMs)) {
      const isOpen = await callUntilAborted(this.#core.temporal, signal, () =>
        this.#isOffboarding(),
      );
      if (!isOpen) return callUntilAborted(this.#core.temporal, signal, () => this.receipt());
      const left = until - Date.now();
      if (left <= 0) throw timeoutError(this.workflowId, timeoutMs);
      await sleepUntilAborted(Math.min(ms, left), signal);
    }
  }

  /**
   * Reads the complete receipt of the last offboarding, as long as Temporal keeps its run; null
   * when there is none. Safe to repeat. ERR_NO_WORKER after 12 s when that run is open.
   *
   * ```ts
   * const receipt = await mooring.access('user_123').receipt();
   * console.log(receipt?.proofs, receipt?.kept);
   * ```
   */
  async receipt(): Promise<OffboardingReceipt | null> {
    const run = await this.#readNewestRun();
    if (run === null) return null;
    return this.#callTemporal(() => readReceipt(this.#core.temporal, run));
  }

  async #request(
    request: AccessRequest['request'],
    input: AccessRequestInput,
  ): Promise<AccessAnswer> {
    const { temporal, context } = this.#core;
    const { request: checked, ...options } = this.#parse(request, input);
    return requestAccess(temporal, checked, options, context);
  }

  #parse(request: AccessRequest['request'], input: AccessRequestInput) {
    const { requestId, timings, ...given } = input;
    parseAccessInput({ userId: this.#userId, ...defined({ timings }) });
    return {
      request: parseAccessRequest({ ...given, request, userId: this.#userId }),
      requestId: parseInput(requestIdSchema.optional(), requestId, 'requestId'),
      timings,
    };
  }

  /** The phase does not show an offboarding that is held, so the other phases need a query. */
  async #isOffboarding(): Promise<boolean> {
    const run = await this.#readNewestRun();
    if (run === null || run.closeTime !== undefined) return false;
    const phase = run.typedSearchAttributes.get(searchAttributeKeys.phase) ?? '';
    if (activePhases.includes(phase)) return true;
    return (await queryRun(this.#core.temporal, run, accessViewQuery)).offboarding !== null;
  }

  async #readNewestRun() {
    return this.#callTemporal(() => readNewestRun(this.#core.temporal, this.workflowId));
  }

  async #callTemporal<T>(call: () => Promise<T>): Promise<T> {
    return callTemporal(() => callWithin(this.#core.temporal, callWithinMs, this.workflowId, call));
  }
}

async function sleepUntilAborted(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
}
