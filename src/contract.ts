import { z } from 'zod';
import { accountStatuses } from './domain/account.ts';
import { accessOutcomes, accessPhases } from './domain/access.ts';
import { accessInputSchema, accessOrderSchema } from './domain/access-schemas.ts';
import { accountCommandSchema } from './domain/command-schemas.ts';
import { connectPhases } from './domain/connection.ts';
import { type ErrorCode, errorCodes } from './domain/errors.ts';
import { endRequestSchema } from './domain/ending-schemas.ts';
import {
  endReceiptSchema,
  eventSchema,
  outcomeSchema,
  sweepReportSchema,
} from './domain/event-schemas.ts';
import { healOutcomes, healReasons } from './domain/heal.ts';
import {
  authSessionSchema,
  connectRequestSchema,
  idSchema,
  reconnectLinkSchema,
  refreshInputSchema,
} from './domain/schemas.ts';
import { subscriptionEventSchema } from './domain/subscription-event-schema.ts';
import { sweepInputSchema } from './domain/sweep-schemas.ts';
import {
  apiTaskQueue,
  bulkTaskQueue,
  defaultTaskQueue,
  eventsTaskQueue,
} from './domain/task-queues.ts';
import {
  accessUpdate,
  attemptEnded,
  callbackSignal,
  cancelSignal,
  completeAuthUpdate,
  confirmUpdate,
  connectUpdate,
  keepUpdate,
  refreshUpdate,
  searchAttributeKeys,
  subscriptionSignal,
  sweepViewQuery,
  viewQuery,
} from './workflows/messages.ts';

/*
 * What Mooring answers, as schemas. Nothing of ours parses by them: they are the types of `domain` once more, for callers who have no TypeScript, and a type test keeps them equal.
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
  code: z.object({ hash: z.string(), expiresAt: z.string(), browser: z.string() }).exactOptional(),
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

/** How a refresh ends that waits for nobody; one with a `returnUrl` ends as a connect does. */
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

const keptAccountSchema = z.object({
  userId: z.string(),
  connectedAccountId: z.string(),
  status: accountStatusSchema.nullable(),
});

export const endAnswerSchema = z.union([
  z.object({ receipt: endReceiptSchema }),
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
      mentions: z.array(z.object({ id: z.string(), list: z.string() })),
    })
    .exactOptional(),
});

const schemas = {
  'connect-request': connectRequestSchema,
  'connect-answer': connectAnswerSchema,
  'connect-outcome': outcomeSchema,
  'connect-view': connectViewSchema,
  'callback-hint': callbackHintSchema,
  confirmation: confirmationSchema,
  'auth-session': authSessionSchema,
  'auth-completion': authCompletionSchema,
  'refresh-request': refreshInputSchema,
  'refresh-answer': refreshAnswerSchema,
  'refresh-result': refreshResultSchema,
  'refresh-view': refreshViewSchema,
  'reconnect-request': reconnectLinkSchema,
  'reconnect-answer': reconnectAnswerSchema,
  'sweep-request': sweepInputSchema,
  'sweep-report': sweepReportSchema,
  'sweep-view': sweepViewSchema,
  event: eventSchema,
  'account-command': accountCommandSchema,
  'command-answer': commandAnswerSchema,
  'end-request': endRequestSchema,
  'end-answer': endAnswerSchema,
  'kept-account': keptAccountSchema,
  'access-input': accessInputSchema,
  'access-order': accessOrderSchema,
  'access-answer': accessAnswerSchema,
  'subscription-event': subscriptionEventSchema,
} satisfies Record<string, z.ZodType>;

type SchemaName = keyof typeof schemas;
const at = (name: SchemaName) => `${name}.schema.json`;

/** What another language may start, with its messages; one without a schema takes or answers nothing. */
const workflows = {
  connectUser: {
    id: 'connect/{connectionId}',
    input: at('connect-request'),
    result: at('connect-outcome'),
    updates: {
      [connectUpdate.name]: { input: at('connect-request'), result: at('connect-answer') },
      [confirmUpdate.name]: { input: at('confirmation'), result: at('connect-outcome') },
      [completeAuthUpdate.name]: { input: at('auth-session'), result: at('auth-completion') },
    },
    signals: { [callbackSignal.name]: { input: at('callback-hint') }, [cancelSignal.name]: {} },
    queries: { [viewQuery.name]: { result: at('connect-view') } },
  },
  refreshConnection: {
    id: 'account/{connectedAccountId}',
    input: at('refresh-request'),
    result: at('refresh-result'),
    updates: {
      [refreshUpdate.name]: { input: at('refresh-request'), result: at('refresh-answer') },
    },
    signals: { [callbackSignal.name]: { input: at('callback-hint') }, [cancelSignal.name]: {} },
    queries: { [viewQuery.name]: { result: at('refresh-view') } },
  },
  accountCommand: {
    id: 'account/{connectedAccountId}',
    input: at('account-command'),
    result: at('command-answer'),
  },
  revokeThenDelete: {
    id: 'account/{connectedAccountId}',
    input: at('end-request'),
    result: at('end-answer'),
    updates: { [keepUpdate.name]: { result: at('kept-account') } },
    signals: { [cancelSignal.name]: {} },
  },
  userAccess: {
    id: 'user/{userId}',
    input: at('access-input'),
    updates: { [accessUpdate.name]: { input: at('access-order'), result: at('access-answer') } },
    signals: { [subscriptionSignal.name]: { input: at('subscription-event') } },
  },
  reconnectLink: {
    id: 'reconnect/{connectionId}/{anything of your own}',
    input: at('reconnect-request'),
    result: at('reconnect-answer'),
  },
  bulkRefresh: {
    id: 'sweep/{name}',
    input: at('sweep-request'),
    result: at('sweep-report'),
    signals: { [cancelSignal.name]: {} },
    queries: { [sweepViewQuery.name]: { result: at('sweep-view') } },
  },
};

/** What only Mooring itself starts, and why: none of it is for a caller, nor promised to stay. */
const internal = {
  needsUser: 'the memory that a user was told: a refresh or a sweep starts it',
  deliverEvent:
    'one event on its way to one endpoint: the workflow that has something to tell starts it',
  planDisconnect: 'what a disconnect would do: the client starts it for a dry run',
};

/** Every name that a caller must spell as we do. */
function names() {
  return {
    workflows,
    internal,
    taskQueues: {
      default: defaultTaskQueue,
      apiCalls: apiTaskQueue(defaultTaskQueue),
      batches: bulkTaskQueue(defaultTaskQueue),
      events: eventsTaskQueue(defaultTaskQueue, '{endpoint}'),
    },
    events: at('event'),
    searchAttributes: Object.fromEntries(
      Object.values(searchAttributeKeys).map(({ name, type }) => [name, type]),
    ),
    failureTypes: {
      ...errorCodes,
      [attemptEnded]: 'the caller: it came as this attempt was ending, make the call once more',
    },
  };
}

/**
 * The files of `contract/` by name: what a caller of another language must know, as JSON. Rules that
 * JSON Schema cannot say (bytes, blanks, one field beside another) are missing; the worker knows them all.
 */
export function contractFiles(): Record<string, object> {
  const files = Object.entries(schemas).map(([name, schema]) => [
    at(name as SchemaName),
    { title: name, ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) },
  ]);
  return { 'names.json': names(), ...(Object.fromEntries(files) as Record<string, object>) };
}
