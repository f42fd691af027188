import type { MooringEvent } from './events.ts';

/** One event on its way to one endpoint. */
export interface DeliverEventInput {
  event: MooringEvent;
  endpoint: string;
  timings?: Partial<DeliveryTimings>;
}

/** Durations of a delivery, in milliseconds; none below 1,000, Temporal's timers have whole seconds. */
export interface DeliveryTimings {
  /** Before the second try; doubled with each further one, up to `retryMaxMs`. */
  retryFirstMs: number;
  retryMaxMs: number;
  /** How long a round of tries lasts. */
  roundMs: number;
  /** How long an event that was given up stays listed and can be resent. */
  keepMs: number;
}

/** A restart is over within seconds, an outage within hours, and a weekend is no reason to lose an event. */
const deliveryTimings: DeliveryTimings = {
  retryFirstMs: 5_000,
  retryMaxMs: 3_600_000,
  roundMs: 3 * 86_400_000,
  keepMs: 30 * 86_400_000,
};

/** The durations that count. What is no number, from a caller of another language, would hang a workflow. */
export function resolveTimings(given: Partial<DeliveryTimings> = {}): DeliveryTimings {
  const usable = Object.entries(given).filter(([, ms]) => Number.isFinite(ms));
  const bounded = usable.map(([name, ms]) => [name, Math.max(ms, 1_000)]);
  return { ...deliveryTimings, ...Object.fromEntries(bounded) };
}

/** How long to wait after try number `tries` (from 1). */
export function retryDelayMs({ retryFirstMs, retryMaxMs }: DeliveryTimings, tries: number): number {
  return Math.min(retryFirstMs * 2 ** (tries - 1), retryMaxMs);
}

/**
 * Why an event was not delivered. `gone`: the endpoint answered 410, wants no more. `exhausted`: no try
 * of a round was answered with success. `invalid`: what was to be delivered is no event.
 */
type UndeliveredReason = 'gone' | 'exhausted' | 'invalid';

/** How a delivery ended. */
export interface Delivery {
  delivered: boolean;
  /** Tries of the last round, where they are known. */
  attempts?: number;
  reason: UndeliveredReason | null;
}

/** What a failed try tells beside its message. */
export interface PostFailureDetails {
  attempts: number;
}

/** The answer of a delivery's `view` query. */
export interface DeliveryView {
  phase: DeliveryPhase | 'settled';
  /** From 1; one more with each `resend`. */
  round: number;
  /** Why the last round was given up. */
  reason: UndeliveredReason | null;
  /** What its last try met, in our words. */
  lastFailure: string | null;
}

/** While a delivery is open. */
export type DeliveryPhase = 'delivering' | 'given_up';
