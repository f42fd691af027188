import { z } from 'zod';
import { idSchema } from '../schemas.ts';
import { type SubscriptionEvent, subscriptionEventTypes } from './subscription-event.ts';

/** The allowed clock difference, as with signatures. */
const clockSkewMs = 300_000;

/**
 * Checks an event from outside. Unknown fields are dropped, because later versions may add some.
 */
export const subscriptionEventSchema = z.object({
  id: z
    .string()
    .min(1, 'is empty')
    .max(255, 'is longer than 255 characters')
    .refine((id) => !/\p{Cc}/u.test(id), 'holds a control character'),
  type: z.enum(subscriptionEventTypes),
  userId: idSchema,
  // A later event overrides an earlier one, so an event of tomorrow would override all until then.
  occurredAt: z.iso
    .datetime({ offset: true })
    .refine((text) => Date.parse(text) <= Date.now() + clockSkewMs, 'lies in the future')
    .transform((text) => new Date(text).toISOString()),
}) satisfies z.ZodType<SubscriptionEvent>;
