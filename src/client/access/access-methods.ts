import type { Client } from '@temporalio/client';
import type {
  AccessAnswer,
  AccessInput,
  AccessRequest,
  AccessRequestInput,
  AdjustInput,
  AttributedRequestInput,
  LapseInput,
  OffboardInput,
} from '../../domain/access/access.ts';
import {
  parseAccessInput,
  parseAccessRequest,
  parseSubscriptionEvent,
} from '../../domain/access/schemas.ts';
import type { SubscriptionEvent } from '../../domain/access/subscription-event.ts';
import { defined } from '../../domain/defined.ts';
import { userWorkflowId } from '../../domain/hashed-ids.ts';
import { idSchema, parseInput } from '../../domain/schemas.ts';
import type { StartContext } from '../shared/start-context.ts';
import { requestAccess, signalSubscription } from './request-access.ts';
import { UserAccessHandle } from './user-access-handle.ts';

/** The calls of `MooringClient` about one user's access. */
export class AccessMethods {
  // Private fields, so that a log of the client shows neither the connection nor the id key.
  readonly #temporal: Client;
  readonly #context: StartContext;

  protected constructor(temporal: Client, context: StartContext) {
    this.#temporal = temporal;
    this.#context = context;
  }

  protected get temporal(): Client {
    return this.#temporal;
  }

  protected get context(): StartContext {
    return this.#context;
  }

  /**
   * Pauses a user whose subscription has lapsed. After the grace, Mooring disables their ACTIVE
   * accounts and refuses new attempts. It deletes nothing, and `renewSubscription` enables again
   * exactly what was disabled. Your call decides that the user has not paid: Mooring does not ask
   * the entitlement hook. Safe to repeat, like all access requests: a repeat joins what is under
   * way, and with `requestId` it gets the first result.
   *
   * The result is a value: see `AccessOutcome`. All access requests throw MooringError:
   * ERR_INVALID_INPUT before anything is started; ERR_NO_WORKER (after 12 s) and
   * ERR_TEMPORAL_UNAVAILABLE. Repeat the call after these two.
   */
  async lapseSubscription(input: LapseInput): Promise<AccessAnswer> {
    return this.#requestAccess('lapse', input);
  }

  /**
   * Restores the accounts that a lapse has disabled. Mooring then sends `subscription.resumed`,
   * which also reports the accounts that it could not restore.
   */
  async renewSubscription(input: AccessRequestInput): Promise<AccessAnswer> {
    return this.#requestAccess('renew', input);
  }

  /**
   * Disconnects all accounts of a user, with proof. First comes the cooling-off (default: one
   * hour). In it the accounts are disabled, and `cancelOffboard` restores them. Then Mooring
   * revokes and deletes all accounts, until none is left. `access(userId).result()` waits for the
   * receipt. With `block` the user cannot connect until `readmit`. `dryRun` lists the accounts and
   * changes nothing.
   */
  async offboardUser(input: OffboardInput): Promise<AccessAnswer> {
    return this.#requestAccess('offboard', input);
  }

  /**
   * Cancels an offboarding during its cooling-off: Mooring enables what the offboarding has
   * disabled. After the cooling-off the outcome is `too_late`.
   */
  async cancelOffboard(input: AccessRequestInput): Promise<AccessAnswer> {
    return this.#requestAccess('cancelOffboard', input);
  }

  /** Lets a user connect again after an offboarding with `block`. */
  async readmit(input: AccessRequestInput): Promise<AccessAnswer> {
    return this.#requestAccess('readmit', input);
  }

  /**
   * Continues what is `held`: a pause or an offboarding that Mooring holds because too many users
   * would have lost their access within an hour.
   */
  async releaseAccess(input: AttributedRequestInput): Promise<AccessAnswer> {
    return this.#requestAccess('release', input);
  }

  /**
   * Moves the end of a grace or of a cooling-off, to at most 90 days from now. A time in the past
   * ends it now.
   */
  async adjustAccess(input: AdjustInput): Promise<AccessAnswer> {
    return this.#requestAccess('adjust', input);
  }

  /**
   * Passes on an event of a billing system. It is a hint: a lapse starts its grace, and Mooring
   * asks the backend's entitlement hook before it disables or restores anything. Returns when
   * Temporal has the event. Safe to repeat: Mooring knows the event by its id.
   */
  async noteSubscription(
    event: SubscriptionEvent,
    { timings }: Pick<AccessInput, 'timings'> = {},
  ): Promise<void> {
    await signalSubscription(this.temporal, parseSubscriptionEvent(event), timings, this.context);
  }

  /** The access of this user: its state, the end of an offboarding, its receipt. */
  access(userId: string): UserAccessHandle {
    const id = parseInput(idSchema, userId, 'userId');
    return new UserAccessHandle(this.temporal, userWorkflowId(id, this.context.idKey));
  }

  async #requestAccess(
    request: AccessRequest['request'],
    input: AccessRequestInput,
  ): Promise<AccessAnswer> {
    const { requestId, timings, ...given } = input;
    const checked = parseAccessRequest({ ...given, request });
    parseAccessInput({ userId: checked.userId, ...defined({ timings: timings ?? undefined }) });
    return requestAccess(this.temporal, checked, { requestId, timings }, this.context);
  }
}
