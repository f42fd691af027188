import { z } from 'zod';
import { healModes } from './decide-refresh.ts';
import type { ReauthInput, RefreshInput } from './refresh.ts';
import {
  idSchema,
  accountIdSchema,
  urlSchema,
  wholeMs,
  parseInput,
  requestIdSchema,
} from '../schemas.ts';
import { timingsSchema } from '../connect/schemas.ts';

const monthMs = 30 * 86_400_000;

const wholeMsOfAMonth = z.number().int().min(1_000).max(monthMs);

const reauthTimingsSchema = z.strictObject({
  readsMs: z.array(wholeMsOfAMonth).max(20).optional(),
  everyMs: wholeMsOfAMonth.optional(),
  hintSpacingMs: wholeMsOfAMonth.optional(),
  keepMs: wholeMsOfAMonth.optional(),
});

/** The input travels to Temporal unchanged, because it contains no secret. */
export const refreshInputSchema = z
  .strictObject({
    userId: idSchema,
    connectedAccountId: accountIdSchema,
    mode: z.enum(healModes).optional(),
    returnUrl: urlSchema.max(1_000).optional(),
    validateCredentials: z.boolean().optional(),
    waitMs: wholeMs.optional(),
    requestId: requestIdSchema.optional(),
    timings: timingsSchema.extend({ reauth: reauthTimingsSchema.optional() }).optional(),
  })
  .refine(({ waitMs, returnUrl }) => waitMs === undefined || returnUrl !== undefined, {
    message: 'needs `returnUrl`: without it Mooring does not wait for the user',
    path: ['waitMs'],
  });

/** Checks the input. Throws ERR_INVALID_INPUT with the name of the invalid field. */
export function parseRefreshInput(input: unknown): RefreshInput {
  return parseInput(refreshInputSchema, input) as RefreshInput;
}

const reauthInputSchema = z.strictObject({
  userId: idSchema,
  connectedAccountId: accountIdSchema,
  timings: reauthTimingsSchema.optional(),
});

/**
 * Checks the input of a pending re-auth. Throws ERR_INVALID_INPUT with the invalid field's name.
 */
export function parseReauthInput(input: unknown): ReauthInput {
  return parseInput(reauthInputSchema, input) as ReauthInput;
}
