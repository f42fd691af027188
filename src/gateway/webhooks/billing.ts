import type { Hono } from 'hono';
import { z } from 'zod';
import { parse } from '../../domain/schemas.ts';
import { subscriptionEventSchema } from '../../domain/access/subscription-event-schema.ts';
import {
  type SubscriptionEvent,
  subscriptionEventTypes,
} from '../../domain/access/subscription-event.ts';
import { createSignedWebhook, handedOver, type WebhookResult } from './signed.ts';

/** What the gateway needs of `MooringClient`. */
export interface BillingSink {
  /** Returns once Temporal has it. Safe to repeat: an event is known by its id. */
  noteSubscription(event: SubscriptionEvent): Promise<void>;
}

export interface BillingDependencies {
  sink: BillingSink;
  /** `MOORING_BILLING_SECRETS`: one, or two while they are rotated. */
  secrets: readonly string[];
  log: Record<'info' | 'error', (facts: object, message: string) => void>;
  metrics: { billingWebhook(result: WebhookResult): void };
}

const typedSchema = z.looseObject({ type: z.string() });

/**
 * `POST /webhooks/billing`: somebody's subscription has lapsed, or was renewed. A hint, as every webhook:
 * it wakes the user's run, and the entitlement hook decides there. Answers 204 only once Temporal has it, and
 * tells in a 400 what is wrong with an event: its sender is your own.
 */
export function createBillingWebhook({ sink, secrets, log, metrics }: BillingDependencies): Hono {
  return createSignedWebhook({
    keys: secrets.map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64')),
    count: (result) => metrics.billingWebhook(result),
    async take(body) {
      const { type } = parse(typedSchema, body);
      if (!(subscriptionEventTypes as readonly string[]).includes(type)) return 'unknown';
      const event = parse(subscriptionEventSchema, body);
      try {
        await handedOver(sink.noteSubscription(event));
        log.info({ type }, 'a subscription is said to have changed');
        return 'taken';
      } catch (error) {
        const why = error instanceof Error ? error.message : typeof error;
        log.error({ type, error: why }, 'webhook could not be taken');
        return 'unavailable';
      }
    },
  });
}
