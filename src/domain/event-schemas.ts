import { z } from 'zod';
import { accountStatuses } from './account.ts';
import { outcomeStatuses, reasons } from './connection.ts';
import { eventTypes } from './events.ts';

/** How an attempt ended, for who has no TypeScript; a type test keeps it equal to `Outcome`. */
export const outcomeSchema = z.object({
  status: z.enum(outcomeStatuses),
  reason: z.enum(reasons).nullable(),
  connectedAccountId: z.string().nullable(),
  statusReason: z.string().nullable(),
  warnings: z
    .array(z.enum(['alias_in_use', 'alias_not_set', 'other_identity', 'identity_unknown']))
    .exactOptional(),
  replaced: z
    .object({
      connectedAccountId: z.string(),
      result: z.enum(['disabled', 'dead', 'gone', 'pending']),
    })
    .exactOptional(),
});

/** What every event has, of whatever version its worker is. */
export const envelopeSchema = z.looseObject({
  id: z.string().min(1),
  type: z.string().min(1),
  occurredAt: z.iso.datetime(),
  connectionId: z.string(),
  connectedAccountId: z.string().nullable(),
  data: z.looseObject({}),
});

const connectDataSchema = z.object({
  userId: z.string(),
  authConfigId: z.string(),
  attempt: z.object({ workflowId: z.string(), runId: z.string() }),
  outcome: outcomeSchema,
  metadata: z.record(z.string(), z.string()),
});

const healthDataSchema = z.object({
  userId: z.string(),
  authConfigId: z.string(),
  toolkit: z.string(),
  status: z.enum([...accountStatuses, 'UNKNOWN']),
  statusReason: z.string().nullable(),
});

const [active, failed, expired, canceled, reauthRequired, healed, disabled, enabled] = eventTypes;

function connectEvent<Type extends string>(type: Type) {
  return z.object({ ...envelopeSchema.shape, type: z.literal(type), data: connectDataSchema });
}

function healthEvent<Type extends string>(type: Type) {
  return z.object({ ...envelopeSchema.shape, type: z.literal(type), data: healthDataSchema });
}

/** Every event of this version, whole. Fields it does not know are left out: later versions add some. */
export const eventSchema = z.discriminatedUnion('type', [
  connectEvent(active),
  connectEvent(failed),
  connectEvent(expired),
  connectEvent(canceled),
  healthEvent(reauthRequired),
  healthEvent(healed),
  healthEvent(disabled),
  healthEvent(enabled),
]);
