import type { Hono } from 'hono';
import { z } from 'zod';
import { parseInput } from '../../domain/schemas.ts';
import { subscriptionEventSchema } from '../../domain/access/subscription-event-schema.ts';
import {
  type SubscriptionEvent,
  subscriptionEventTypes,
} from '../../domain/access/subscription-event.ts';
import { createSignedWebhook, waitForTemporal, type WebhookResult } from './signed.ts';

export interface BillingDependencies {
  /** Returns once Temporal has the event. Safe to repeat: the event's id identifies it. */
  noteSubscription: (event: SubscriptionEvent) => Promise<void>;
  /** `MOORING_BILLING_SECRETS`: one secret, or two during a rotation. */
  secrets: readonly string[];
  log: Record<'info' | 'error', (facts: object, message: string) => void>;
  metrics: { countBillingWebhook(result: WebhookResult): void };
}

const typedSchema = z.looseObject({ type: z.string() });

/**
 * `POST /webhooks/billing`: a user's subscription lapsed or was renewed. Like every webhook, it is
 * a hint: it wakes the user's run, and the entitlement hook decides there. The gateway answers 204
 * only once Temporal has the event. A 400 explains what is wrong with the event, because your own
 * backend sent it.
 */
export function createBillingWebhook({
  noteSubscription,
  secrets,
  log,
  metrics,
}: BillingDependencies): Hono {
  return createSignedWebhook({
    keys: secrets.map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64')),
    countResult: (result) => metrics.countBillingWebhook(result),
    async handleBody(body) {
      const { type } = parseInput(typedSchema, body);
      if (!(subscriptionEventTypes as readonly string[]).includes(type)) return 'unknown';
      const event = parseInput(subscriptionEventSchema, body);
      try {
        await waitForTemporal(noteSubscription(event));
        log.info({ type }, 'billing webhook received');
        return 'taken';
      } catch (error) {
        const why = error instanceof Error ? error.message : typeof error;
        log.error(
          { type, error: why },
          'billing webhook was not stored at Temporal; the sender must repeat it',
        );
        return 'unavailable';
      }
    },
  });
}
