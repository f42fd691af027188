import { z } from 'zod';
import type { AccessInput, AccessOrder } from './access.ts';
import { endTimingsSchema } from '../disconnect/schemas.ts';
import { idSchema, parse, wordsSchema as words } from '../schemas.ts';
import { subscriptionEventSchema } from './subscription-event-schema.ts';
import type { SubscriptionEvent } from './subscription-event.ts';
import { longestDelayMs } from '../timings.ts';

const delayMs = z.number().int().max(longestDelayMs, 'is longer than 90 days');
const graceMs = delayMs.min(1_000, 'is shorter than a second');
const anyMs = delayMs.min(1_000);

const timingsSchema = z.strictObject({
  graceMs: graceMs.optional(),
  coolingOffMs: anyMs.optional(),
  lookFirstMs: anyMs.optional(),
  lookMs: anyMs.optional(),
  askMs: anyMs.optional(),
  askAgainMs: anyMs.optional(),
  endAgainMs: anyMs.optional(),
  endAgainMaxMs: anyMs.optional(),
  linkLifeMs: anyMs.optional(),
  endings: endTimingsSchema,
});

const anybody = {
  userId: idSchema,
  actor: words.optional(),
  reason: words.optional(),
  dryRun: z.boolean().optional(),
};
/** What ends something, or lets it through, is answered for by somebody. */
const somebody = { ...anybody, actor: words, reason: words };

/** What the update `access` takes: the contract for callers of other languages. */
export const accessOrderSchema = z.discriminatedUnion('order', [
  z.strictObject({ ...anybody, order: z.literal('lapse'), graceMs: graceMs.optional() }),
  z.strictObject({ ...anybody, order: z.literal('renew') }),
  z.strictObject({
    ...somebody,
    order: z.literal('offboard'),
    coolingOffMs: delayMs
      .min(0, 'is negative')
      .refine((ms) => ms === 0 || ms >= 1_000, 'is shorter than a second, and not 0')
      .optional(),
    block: z.boolean().optional(),
  }),
  z.strictObject({ ...anybody, order: z.literal('cancelOffboard') }),
  z.strictObject({ ...anybody, order: z.literal('readmit') }),
  z.strictObject({ ...somebody, order: z.literal('release') }),
  z.strictObject({
    ...somebody,
    order: z.literal('adjust'),
    until: z.iso
      .datetime({ offset: true })
      .refine(
        (text) => Date.parse(text) <= Date.now() + longestDelayMs,
        'is more than 90 days off',
      ),
  }),
]);

/** An order, checked; throws ERR_INVALID_INPUT that names the field, before anything is done. */
export function parseAccessOrder(order: unknown): AccessOrder {
  return parse(accessOrderSchema, order) as AccessOrder;
}

/** What a run is started with. */
export const accessInputSchema = z.strictObject({
  userId: idSchema,
  timings: timingsSchema.optional(),
});

export function parseAccessInput(input: unknown): AccessInput {
  return parse(accessInputSchema, input) as AccessInput;
}

export function parseSubscriptionEvent(event: unknown): SubscriptionEvent {
  return parse(subscriptionEventSchema, event);
}
