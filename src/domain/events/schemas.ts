import { z } from 'zod';
import { accessPhases } from '../access/access.ts';
import { disconnectReasons } from '../disconnect/policy.ts';
import { revocationProofs, revokedTokens } from '../disconnect/proof.ts';
import { healReasons } from '../refresh/decide-refresh.ts';
import { sweepModes, sweepOutcomes } from '../sweep/sweep.ts';
import { accountStatuses } from '../account.ts';
import { connectReasons } from '../connect/connect.ts';
import { eventTypes } from './events.ts';

const activeOutcomeSchema = z.object({
  status: z.literal('ACTIVE'),
  reason: z.null(),
  connectedAccountId: z.string(),
  statusReason: z.string().nullable(),
  warnings: z
    .array(z.enum(['alias_in_use', 'alias_not_set', 'other_identity', 'identity_unknown']))
    .exactOptional(),
  replaced: z
    .object({
      connectedAccountId: z.string(),
      result: z.enum([...revocationProofs, 'pending']),
    })
    .exactOptional(),
});

function endedOutcome<Status extends string>(status: Status) {
  return z.object({
    status: z.literal(status),
    reason: z.enum(connectReasons),
    connectedAccountId: z.string().nullable(),
    statusReason: z.string().nullable(),
    disconnect: z.literal('pending').exactOptional(),
  });
}

const failedOutcomeSchema = endedOutcome('FAILED');
const expiredOutcomeSchema = endedOutcome('EXPIRED');
const canceledOutcomeSchema = endedOutcome('CANCELED');

/**
 * How an attempt ended, for callers in other languages. A type test keeps it equal to
 * `ConnectOutcome`.
 */
export const outcomeSchema = z.discriminatedUnion('status', [
  activeOutcomeSchema,
  failedOutcomeSchema,
  expiredOutcomeSchema,
  canceledOutcomeSchema,
]);

/** The fields of every event, whatever the worker's version. */
export const envelopeSchema = z.looseObject({
  id: z.string().min(1),
  type: z.string().min(1),
  occurredAt: z.iso.datetime(),
  connectionId: z.string().nullable(),
  connectedAccountId: z.string().nullable(),
  data: z.looseObject({}),
});

const connectDataSchema = z.object({
  userId: z.string(),
  authConfigId: z.string(),
  attempt: z.object({ workflowId: z.string(), runId: z.string() }),
  metadata: z.record(z.string(), z.string()),
});

const healthDataSchema = z.object({
  userId: z.string(),
  authConfigId: z.string(),
  toolkit: z.string(),
  status: z.enum([...accountStatuses, 'UNKNOWN']),
  statusReason: z.string().nullable(),
});

export const disconnectReceiptSchema = z.object({
  userId: z.string(),
  connectedAccountId: z.string(),
  authConfigId: z.string().nullable(),
  toolkit: z.string().nullable(),
  proof: z.enum(revocationProofs),
  certain: z.boolean(),
  revokedTokens: z.array(z.enum(revokedTokens)),
  siblings: z.array(z.string()),
  statusAfter: z.enum([...accountStatuses, 'UNKNOWN']).nullable(),
  reason: z.enum(disconnectReasons),
  actor: z.string().nullable(),
  note: z.string().nullable(),
  times: z.object({ asked: z.string(), proven: z.string().nullable(), ended: z.string() }),
  requestIds: z.array(z.string()),
});

const amount = z.number();
const alike = z.enum(sweepOutcomes);
/** How a sweep ended. A type test keeps it equal to `SweepReport`. */
export const sweepReportSchema = z.object({
  name: z.string(),
  mode: z.enum(sweepModes),
  ended: z.enum(['finished', 'halted', 'canceled']),
  seen: amount,
  pages: amount,
  statuses: z.partialRecord(z.enum([...accountStatuses, 'UNKNOWN']), amount),
  outcomes: z.partialRecord(alike, amount),
  reasons: z.partialRecord(z.enum(healReasons), amount),
  failures: z
    .array(
      z.object({
        connectedAccountId: z.string(),
        toolkit: z.string(),
        outcome: alike,
        reason: z.enum(healReasons).nullable(),
      }),
    )
    .readonly(),
  maybeMissed: amount,
  hurt: z.array(z.string()).readonly(),
  suspects: z
    .array(
      z.object({
        toolkit: z.string(),
        sick: amount,
        alike: amount,
        outcome: alike,
        reason: z.string().nullable(),
      }),
    )
    .readonly(),
  startedAt: z.string(),
});

const sweepDataSchema = sweepReportSchema.extend({
  sweep: z.object({ workflowId: z.string(), runId: z.string() }),
});

const text = z.string().nullable();
const ids = z.array(z.string());
export const pauseSummarySchema = z.object({
  paused: amount,
  given: amount,
  enabledByOthers: ids,
  leftActive: ids,
  dead: z.array(z.object({ id: z.string(), status: z.enum([...accountStatuses, 'UNKNOWN']) })),
  gone: ids,
  uncertain: ids,
});

const subscriptionDataSchema = pauseSummarySchema.extend({
  userId: z.string(),
  actor: text,
  reason: text,
  until: text,
});

export const offboardedDataSchema = z.object({
  userId: z.string(),
  actor: text,
  reason: text,
  times: z.object({ asked: z.string(), began: z.string(), ended: z.string() }),
  proofs: z.partialRecord(z.enum(revocationProofs), amount),
  accounts: amount,
  kept: ids,
  mentions: z.array(z.object({ id: z.string(), list: z.string() })),
  blocked: z.boolean(),
});

export const heldSchema = z.object({
  because: z.enum(['access_losses_per_hour', 'entitlement_unknown']),
  count: amount.nullable(),
  limit: amount.nullable(),
});

const safetyDataSchema = heldSchema.extend({
  userId: z.string(),
  phase: z.enum(accessPhases),
});

const [
  active,
  failed,
  expired,
  canceled,
  reauthRequired,
  healed,
  disabled,
  enabled,
  revoked,
  deleted,
  endUnproven,
  finished,
  halted,
  lapseStarted,
  paused,
  resumed,
  offboarded,
  held,
] = eventTypes;
const ofAConnection = { ...envelopeSchema.shape, connectionId: z.string() };
const ofAnAccount = { ...ofAConnection, connectedAccountId: z.string() };
const wide = { ...envelopeSchema.shape, connectionId: z.null(), connectedAccountId: z.null() };

function endedEvent<Type extends string, Outcome extends z.ZodType>(type: Type, outcome: Outcome) {
  const data = connectDataSchema.extend({ outcome });
  return z.object({ ...ofAConnection, type: z.literal(type), data });
}

function healthEvent<Type extends string>(type: Type) {
  return z.object({ ...ofAnAccount, type: z.literal(type), data: healthDataSchema });
}

function disconnectEvent<Type extends string>(type: Type) {
  return z.object({ ...ofAnAccount, type: z.literal(type), data: disconnectReceiptSchema });
}

function sweepEvent<Type extends string>(type: Type) {
  return z.object({ ...wide, type: z.literal(type), data: sweepDataSchema });
}

function userEvent<Type extends string, Data extends z.ZodType>(type: Type, data: Data) {
  return z.object({ ...wide, type: z.literal(type), data });
}

/** Every event of this version. Unknown fields are dropped, because later versions add some. */
export const eventSchema = z.discriminatedUnion('type', [
  z.object({
    ...ofAnAccount,
    type: z.literal(active),
    data: connectDataSchema.extend({ outcome: activeOutcomeSchema }),
  }),
  endedEvent(failed, failedOutcomeSchema),
  endedEvent(expired, expiredOutcomeSchema),
  endedEvent(canceled, canceledOutcomeSchema),
  healthEvent(reauthRequired),
  healthEvent(healed),
  healthEvent(disabled),
  healthEvent(enabled),
  disconnectEvent(revoked),
  disconnectEvent(deleted),
  disconnectEvent(endUnproven),
  sweepEvent(finished),
  sweepEvent(halted),
  userEvent(lapseStarted, subscriptionDataSchema),
  userEvent(paused, subscriptionDataSchema),
  userEvent(resumed, subscriptionDataSchema),
  userEvent(offboarded, offboardedDataSchema),
  userEvent(held, safetyDataSchema),
]);
