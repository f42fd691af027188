import { z } from 'zod';
import { idSchema } from '../schemas.ts';

/** The body that Mooring sends to the entitlement hook. */
export const entitlementRequestSchema = z.object({ userId: idSchema });

/** The hook's answer. Any other body counts as no answer. */
export const entitlementAnswerSchema = z.object({
  entitled: z.boolean(),
  periodEnd: z.iso.datetime({ offset: true }).nullish(),
});
