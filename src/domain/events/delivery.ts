import type { MooringEvent } from './events.ts';
import { completeTimings } from '../timings.ts';

/** The delivery of one event to one endpoint. */
export interface DeliverEventInput {
  event: MooringEvent;
  endpoint: string;
  timings?: Partial<DeliveryTimings>;
}

/**
 * Durations of a delivery, in milliseconds. The least is 1,000, because Temporal's timers have
 * whole seconds.
 */
export interface DeliveryTimings {
  /** The delay before the second try. It doubles with each further try, up to `retryMaxMs`. */
  retryFirstMs: number;
  retryMaxMs: number;
  /** How long a round of tries lasts. */
  roundMs: number;
  /** How long an undelivered event stays listed and can be resent. */
  keepMs: number;
}

/** A restart takes seconds and an outage hours. No event may be lost over a weekend. */
const deliveryTimings: DeliveryTimings = {
  retryFirstMs: 5_000,
  retryMaxMs: 3_600_000,
  roundMs: 3 * 86_400_000,
  keepMs: 30 * 86_400_000,
};

/** Completes the timings of a delivery with defaults. */
export function resolveTimings(given?: Partial<DeliveryTimings>): DeliveryTimings {
  return completeTimings(deliveryTimings, given);
}

/** The delay after try number `tries` (from 1). */
export function retryDelayMs({ retryFirstMs, retryMaxMs }: DeliveryTimings, tries: number): number {
  return Math.min(retryFirstMs * 2 ** (tries - 1), retryMaxMs);
}

/**
 * Why an event was not delivered.
 *
 * - `gone`: the endpoint answered 410, so it wants no more events.
 * - `exhausted`: no try of the round succeeded.
 * - `invalid`: the input is not an event.
 */
type UndeliveredReason = 'gone' | 'exhausted' | 'invalid';

/** How a delivery ended. */
export interface Delivery {
  delivered: boolean;
  /** The number of tries in the last round. Absent if it is not known. */
  attempts?: number;
  reason: UndeliveredReason | null;
}

/** The details of a failed try, besides its message. */
export interface PostFailureDetails {
  attempts: number;
}

/** The answer of a delivery's `view` query. */
export interface DeliveryView {
  phase: DeliveryPhase | 'settled';
  /** Starts at 1. Each `resend` adds one. */
  round: number;
  /** Why the last round ended without a delivery. */
  reason: UndeliveredReason | null;
  /** The failure of the last try, in Mooring's words. */
  lastFailure: string | null;
}

/** The phases of an open delivery. */
export type DeliveryPhase = 'delivering' | 'given_up';
