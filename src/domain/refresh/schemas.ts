import { z } from 'zod';
import { healModes } from './decide-refresh.ts';
import type { NeedsUserInput, RefreshInput } from './refresh.ts';
import { idSchema, accountIdSchema, urlSchema, wholeMs, parse } from '../schemas.ts';
import { timingsSchema } from '../connect/schemas.ts';

const monthMs = 30 * 86_400_000;

const wholeMsOfAMonth = z.number().int().min(1_000).max(monthMs);

const toldTimingsSchema = z.strictObject({
  readsMs: z.array(wholeMsOfAMonth).max(20).optional(),
  everyMs: wholeMsOfAMonth.optional(),
  hintSpacingMs: wholeMsOfAMonth.optional(),
  keepMs: wholeMsOfAMonth.optional(),
});

/** What travels to Temporal is what a backend asks for: nothing in it is a secret. */
export const refreshInputSchema = z
  .strictObject({
    userId: idSchema,
    connectedAccountId: accountIdSchema,
    mode: z.enum(healModes).optional(),
    returnUrl: urlSchema.max(1_000).optional(),
    validateCredentials: z.boolean().optional(),
    waitMs: wholeMs.optional(),
    requestId: z.string().min(1).max(255).optional(),
    timings: timingsSchema.extend({ told: toldTimingsSchema.optional() }).optional(),
  })
  .refine(({ waitMs, returnUrl }) => waitMs === undefined || returnUrl !== undefined, {
    message: 'goes with `returnUrl`: without it nobody is waited for',
    path: ['waitMs'],
  });

/** The same for a refresh. */
export function parseRefreshInput(input: unknown): RefreshInput {
  return parse(refreshInputSchema, input) as RefreshInput;
}

const needsUserInputSchema = z.strictObject({
  userId: idSchema,
  connectedAccountId: accountIdSchema,
  timings: toldTimingsSchema.optional(),
});

/** The same for the memory that a user was notified. */
export function parseNeedsUserInput(input: unknown): NeedsUserInput {
  return parse(needsUserInputSchema, input) as NeedsUserInput;
}
