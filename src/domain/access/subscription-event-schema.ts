import { z } from 'zod';
import { idSchema } from '../schemas.ts';
import { type SubscriptionEvent, subscriptionEventTypes } from './subscription-event.ts';

/** What clocks may differ by, as with signatures. */
const clockSkewMs = 300_000;

/** At the border. Other fields are left out, as a later version may send some. */
export const subscriptionEventSchema = z.object({
  id: z
    .string()
    .min(1, 'is empty')
    .max(255, 'is longer than 255 characters')
    .refine((id) => !/\p{Cc}/u.test(id), 'holds a control character'),
  type: z.enum(subscriptionEventTypes),
  userId: idSchema,
  // By its time a later event overrules an earlier one: one of tomorrow would overrule all until then.
  occurredAt: z.iso
    .datetime({ offset: true })
    .refine((text) => Date.parse(text) <= Date.now() + clockSkewMs, 'lies in the future')
    .transform((text) => new Date(text).toISOString()),
}) satisfies z.ZodType<SubscriptionEvent>;
