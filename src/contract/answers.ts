import { z } from 'zod';
import { accessOutcomes, accessPhases } from '../domain/access/access.ts';
import { accountStatuses } from '../domain/account.ts';
import { connectPhases } from '../domain/connect/connect.ts';
import { disconnectReasons } from '../domain/disconnect/policy.ts';
import { type ErrorCode, errorCodes } from '../domain/errors.ts';
import {
  disconnectReceiptSchema,
  heldSchema,
  offboardedDataSchema,
  outcomeSchema,
  pauseSummarySchema,
  sweepReportSchema,
} from '../domain/events/schemas.ts';
import { healOutcomes, healReasons } from '../domain/refresh/decide-refresh.ts';
import { idSchema } from '../domain/schemas.ts';

/*
 * The answers of Mooring, as schemas. Mooring does not parse with them: they repeat the types of
 * `domain` for callers without TypeScript. A type test keeps both equal.
 */

const accountStatusSchema = z.enum([...accountStatuses, 'UNKNOWN']);

export const connectAnswerSchema = z.object({
  connectionId: z.string(),
  status: accountStatusSchema,
  connectedAccountId: z.string(),
  redirectUrl: z.string().nullable(),
  expiresAt: z.string().nullable(),
});

export const connectViewSchema = z.object({
  connectionId: z.string().nullable(),
  phase: z.enum(connectPhases),
  connectedAccountId: z.string().nullable(),
  status: accountStatusSchema.nullable(),
  expiresAt: z.string().nullable(),
  deadline: z.string().nullable(),
  callers: z.number(),
  callbacks: z.number(),
  verifications: z.number(),
  outcome: outcomeSchema.nullable(),
});

export const callbackHintSchema = z.object({
  status: z.enum(['success', 'failed']),
  connectedAccountId: z.string().exactOptional(),
  code: z
    .object({ hash: z.string(), expiresAt: z.string(), cookies: z.array(z.string()).readonly() })
    .exactOptional(),
});

export const confirmationSchema = z.object({ codeHash: z.string(), userId: idSchema });

export const refreshAnswerSchema = z.object({
  outcome: z.enum(healOutcomes),
  reason: z.enum(healReasons).nullable(),
  connectedAccountId: z.string(),
  connectionId: z.string().nullable(),
  status: accountStatusSchema.nullable(),
  statusReason: z.string().nullable(),
  redirectUrl: z.string().nullable(),
  expiresAt: z.string().nullable(),
});

const refusedSchema = z.object({
  code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
  message: z.string(),
  field: z.string().exactOptional(),
  connectedAccountId: z.string().exactOptional(),
  connectedAccountIds: z.array(z.string()).exactOptional(),
  reason: z.string().exactOptional(),
  ambiguous: z.literal(true).exactOptional(),
  requestId: z.string().exactOptional(),
});

/** The result of a refresh without a `returnUrl`. With one, the result is that of a connect. */
export const refreshResultSchema = z.union([
  refreshAnswerSchema.omit({ redirectUrl: true, expiresAt: true }),
  z.object({ refused: refusedSchema }),
  outcomeSchema,
]);

export const refreshViewSchema = connectViewSchema.extend({
  finding: refreshAnswerSchema.pick({ outcome: true, reason: true }).nullable(),
});

export const reconnectAnswerSchema = z.union([
  z.object({
    link: z.object({ url: z.string(), expiresAt: z.string(), connectedAccountId: z.string() }),
  }),
  z.object({ refused: refusedSchema }),
]);

export const sweepViewSchema = sweepReportSchema.omit({ hurt: true }).extend({
  phase: z.enum(['sweeping', 'settled']),
  found: z.number(),
  total: z.number().nullable(),
  breaker: z
    .object({ limit: z.number(), hurt: z.array(z.string()).readonly(), streak: z.number() })
    .nullable(),
  ended: sweepReportSchema.shape.ended.nullable(),
});

export const authCompletionSchema = z.enum(['verified', 'mismatch', 'unknown']);

export const commandAnswerSchema = z.union([
  z.object({
    account: z.object({
      connectionId: z.string(),
      connectedAccountId: z.string(),
      status: accountStatusSchema,
    }),
  }),
  z.object({ refused: refusedSchema }),
]);

export const keptAccountSchema = z.object({
  userId: z.string(),
  connectedAccountId: z.string(),
  status: accountStatusSchema.nullable(),
});

export const disconnectResultSchema = z.union([
  z.object({ receipt: disconnectReceiptSchema }),
  z.object({ kept: keptAccountSchema }),
  z.object({ refused: refusedSchema }),
]);

export const accessAnswerSchema = z.object({
  outcome: z.enum(accessOutcomes),
  phase: z.enum(accessPhases),
  until: z.string().nullable(),
  plan: z
    .object({
      accounts: z.array(
        z.object({
          id: z.string(),
          authConfigId: z.string(),
          toolkit: z.string(),
          createdAt: z.string(),
          statusBefore: accountStatusSchema,
        }),
      ),
      statuses: z.partialRecord(accountStatusSchema, z.number()),
      unreadable: z.array(z.string()),
      mentions: z.array(z.object({ id: z.string(), list: z.string() })),
    })
    .exactOptional(),
});

export const disconnectViewSchema = z.object({
  phase: z.enum(['reading', 'undo', 'disconnecting', 'waiting', 'settled']),
  reason: z.enum(disconnectReasons),
  status: accountStatusSchema.nullable(),
  undoUntil: z.string().nullable(),
  again: z.string().nullable(),
  receipt: disconnectReceiptSchema.nullable(),
});

export const offboardingReceiptSchema = offboardedDataSchema.extend({
  accounts: z.array(
    disconnectReceiptSchema.partial().required({ connectedAccountId: true, proof: true }),
  ),
});

export const accessResultSchema = z.object({
  summary: pauseSummarySchema,
  receipt: offboardingReceiptSchema.nullable(),
});

const attributionFields = { actor: z.string().nullable(), reason: z.string().nullable() };

export const accessViewSchema = accessResultSchema.extend({
  ...attributionFields,
  userId: z.string(),
  phase: z.enum(accessPhases),
  since: z.string(),
  until: z.string().nullable(),
  adjusted: z.object(attributionFields).nullable(),
  held: heldSchema.nullable(),
  paused: z.number(),
  offboarding: z
    .object({ listed: z.number(), ended: z.number(), unreadable: z.array(z.string()) })
    .nullable(),
});
