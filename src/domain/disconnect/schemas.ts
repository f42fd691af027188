import { z } from 'zod';
import { type DisconnectInput, type RevokeInput } from './disconnect.ts';
import { disconnectReasons } from './policy.ts';
import type { RevocationProgress } from './revocation-progress.ts';
import {
  accountIdSchema,
  idSchema,
  parseInput,
  wordsSchema as words,
  requestIdSchema,
} from '../schemas.ts';

const dayMs = 86_400_000;
/** An undo window lets people undo a mistake. It is not a way to schedule a disconnect. */
const longestWindowMs = 30 * dayMs;

const wholeMs = z
  .number()
  .int()
  .min(1_000)
  .max(7 * dayMs);

const account = { userId: idSchema, connectedAccountId: accountIdSchema };
const attributionFields = { actor: words.optional(), note: words.optional() };
const undoWindowMs = z
  .number()
  .int()
  .min(1_000, 'is shorter than a second; omit it for no undo window')
  .max(longestWindowMs, 'is longer than 30 days')
  .optional();
export const revocationTimingsSchema = z
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
    ...attributionFields,
    undoWindowMs,
    revoke: z.boolean().optional(),
    keepRecord: z.boolean().optional(),
    requestId: requestIdSchema.optional(),
    timings: revocationTimingsSchema,
  })
  .refine(({ revoke, keepRecord }) => revoke !== false || keepRecord !== true, {
    message: 'cannot be combined with revoke: false, which would leave nothing to do',
    path: ['keepRecord'],
  });

/** The request that travels to Temporal. It is the contract for callers in other languages. */
export const disconnectRequestSchema = z.strictObject({
  ...account,
  ...attributionFields,
  authConfigId: idSchema.optional(),
  reason: z.enum(disconnectReasons),
  policy: z
    .strictObject({
      revoke: z.boolean().optional(),
      keepRecord: z.boolean().optional(),
      siblings: z.enum(['keep', 'revoke']).optional(),
      unreachable: z.enum(['keep_disabled', 'delete']).optional(),
    })
    .optional(),
  undoWindowMs,
  timings: revocationTimingsSchema,
});

/**
 * The request with the fields that only Mooring's own runs set: attempts, retire runs and batches.
 */
const revokeInputSchema = disconnectRequestSchema.extend({
  connectionId: z.string().min(1).optional(),
  isReported: z.boolean().optional(),
  memory: z.custom<RevocationProgress>((value) => typeof value === 'object').optional(),
});

/** Checks the input. Throws ERR_INVALID_INPUT with the name of the invalid field. */
export function parseDisconnectInput(input: unknown): DisconnectInput {
  return parseInput(disconnectSchema, input) as DisconnectInput;
}

export function parseRevokeInput(input: unknown): RevokeInput {
  return parseInput(revokeInputSchema, input) as RevokeInput;
}
