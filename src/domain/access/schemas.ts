import { z } from 'zod';
import type { AccessInput, AccessRequest } from './access.ts';
import { revocationTimingsSchema } from '../disconnect/schemas.ts';
import { idSchema, parseInput, wordsSchema as words } from '../schemas.ts';
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
  endings: revocationTimingsSchema,
});

const requestFields = {
  userId: idSchema,
  actor: words.optional(),
  reason: words.optional(),
  dryRun: z.boolean().optional(),
};
/**
 * Requests that disconnect accounts, release a hold or change a time must name actor and reason.
 */
const attributedRequestFields = { ...requestFields, actor: words, reason: words };

/** The request of the `access` update. It is the contract for callers in other languages. */
export const accessRequestSchema = z.discriminatedUnion('request', [
  z.strictObject({ ...requestFields, request: z.literal('lapse'), graceMs: graceMs.optional() }),
  z.strictObject({ ...requestFields, request: z.literal('renew') }),
  z.strictObject({
    ...attributedRequestFields,
    request: z.literal('offboard'),
    coolingOffMs: delayMs
      .min(0, 'is negative')
      .refine((ms) => ms === 0 || ms >= 1_000, 'is neither 0 nor at least a second')
      .optional(),
    block: z.boolean().optional(),
  }),
  z.strictObject({ ...requestFields, request: z.literal('cancelOffboard') }),
  z.strictObject({ ...requestFields, request: z.literal('readmit') }),
  z.strictObject({ ...attributedRequestFields, request: z.literal('release') }),
  z.strictObject({
    ...attributedRequestFields,
    request: z.literal('adjust'),
    until: z.iso
      .datetime({ offset: true })
      .refine(
        (text) => Date.parse(text) <= Date.now() + longestDelayMs,
        'is more than 90 days in the future',
      ),
  }),
]);

/** Checks a request. Throws ERR_INVALID_INPUT with the name of the invalid field. */
export function parseAccessRequest(request: unknown): AccessRequest {
  return parseInput(accessRequestSchema, request) as AccessRequest;
}

/** The input of a `userAccess` run. */
export const accessInputSchema = z.strictObject({
  userId: idSchema,
  timings: timingsSchema.optional(),
});

export function parseAccessInput(input: unknown): AccessInput {
  return parseInput(accessInputSchema, input) as AccessInput;
}

export function parseSubscriptionEvent(event: unknown): SubscriptionEvent {
  return parseInput(subscriptionEventSchema, event);
}
