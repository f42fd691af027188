import { z } from 'zod';
import { idSchema } from '../schemas.ts';

/** What the hook is asked. */
export const entitlementRequestSchema = z.object({ userId: idSchema });

/** What it answers, and nothing else counts as an answer. */
export const entitlementAnswerSchema = z.object({
  entitled: z.boolean(),
  periodEnd: z.iso.datetime({ offset: true }).nullish(),
});
