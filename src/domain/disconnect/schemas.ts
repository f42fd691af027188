import { z } from 'zod';
import { type DisconnectInput, endReasons, type EndInput } from './disconnect.ts';
import type { EndMemory } from './memory.ts';
import { accountIdSchema, idSchema, parse, wordsSchema as words } from '../schemas.ts';

const dayMs = 86_400_000;
/** A window is a grace for people, and no way to schedule an end: whoever wants it in a year says so then. */
const longestWindowMs = 30 * dayMs;

const wholeMs = z
  .number()
  .int()
  .min(1_000)
  .max(7 * dayMs);

const account = { userId: idSchema, connectedAccountId: accountIdSchema };
const told = { actor: words.optional(), note: words.optional() };
const undoWindowMs = z
  .number()
  .int()
  .min(1_000, 'is shorter than a second: leave it out for none')
  .max(longestWindowMs, 'is longer than 30 days')
  .optional();
export const endTimingsSchema = z
  .strictObject({
    heartbeatMs: wholeMs.optional(),
    roundMs: wholeMs.optional(),
    pauseMs: wholeMs.optional(),
    restFirstMs: wholeMs.optional(),
    restMaxMs: wholeMs.optional(),
    providerMs: wholeMs.optional(),
  })
  .optional();

const disconnectSchema = z
  .strictObject({
    ...account,
    ...told,
    undoWindowMs,
    revoke: z.boolean().optional(),
    keepRecord: z.boolean().optional(),
    requestId: z.string().min(1).max(255).optional(),
    timings: endTimingsSchema,
  })
  .refine(({ revoke, keepRecord }) => revoke !== false || keepRecord !== true, {
    message: 'goes not with revoke: false, which would leave nothing to be done',
    path: ['keepRecord'],
  });

/** What travels to Temporal, whoever sends it: the contract for callers of other languages. */
export const endRequestSchema = z.strictObject({
  ...account,
  ...told,
  authConfigId: idSchema.optional(),
  reason: z.enum(endReasons),
  policy: z
    .strictObject({
      revoke: z.boolean().optional(),
      keepRecord: z.boolean().optional(),
      siblings: z.enum(['spare', 'end']).optional(),
      unreachable: z.enum(['keep_disabled', 'delete']).optional(),
    })
    .optional(),
  undoWindowMs,
  timings: endTimingsSchema,
});

/** The same with what only our own runs say: of an attempt, of a run that retires, and of a batch. */
const endInputSchema = endRequestSchema.extend({
  connectionId: z.string().min(1).optional(),
  isReported: z.boolean().optional(),
  memory: z.custom<EndMemory>((value) => typeof value === 'object').optional(),
});

/** What a backend has given, checked; throws ERR_INVALID_INPUT that names the field, before anything is done. */
export function parseDisconnectInput(input: unknown): DisconnectInput {
  return parse(disconnectSchema, input) as DisconnectInput;
}

export function parseEndInput(input: unknown): EndInput {
  return parse(endInputSchema, input) as EndInput;
}
