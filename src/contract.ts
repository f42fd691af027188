import { z } from 'zod';
import { accountStatuses } from './domain/account.ts';
import { accountCommandSchema } from './domain/command-schemas.ts';
import { connectPhases } from './domain/connection.ts';
import { type ErrorCode, errorCodes } from './domain/errors.ts';
import { endRequestSchema } from './domain/ending-schemas.ts';
import { endReceiptSchema, eventSchema, outcomeSchema } from './domain/event-schemas.ts';
import { healOutcomes, healReasons } from './domain/heal.ts';
import {
  authSessionSchema,
  connectRequestSchema,
  idSchema,
  refreshInputSchema,
} from './domain/schemas.ts';
import { apiTaskQueue, defaultTaskQueue } from './domain/task-queues.ts';
import {
  attemptEnded,
  callbackSignal,
  cancelSignal,
  completeAuthUpdate,
  confirmUpdate,
  connectUpdate,
  keepUpdate,
  refreshUpdate,
  searchAttributeKeys,
  viewQuery,
} from './workflows/messages.ts';

/*
 * What Mooring answers, as schemas. Nothing of ours parses by them: they are the types of
 * `domain/connection.ts` once more, for callers who have no TypeScript, and a type test keeps them equal.
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

export const authCompletionSchema = z.enum(['verified', 'mismatch', 'unknown']);

const refusedSchema = z.object({
  refused: z.object({
    code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
    message: z.string(),
    field: z.string().exactOptional(),
    connectedAccountId: z.string().exactOptional(),
    connectedAccountIds: z.array(z.string()).exactOptional(),
    reason: z.string().exactOptional(),
    ambiguous: z.literal(true).exactOptional(),
    requestId: z.string().exactOptional(),
  }),
});

export const commandAnswerSchema = z.union([
  z.object({
    account: z.object({
      connectionId: z.string(),
      connectedAccountId: z.string(),
      status: accountStatusSchema,
    }),
  }),
  refusedSchema,
]);

export const keptAccountSchema = z.object({
  userId: z.string(),
  connectedAccountId: z.string(),
  status: accountStatusSchema.nullable(),
});

export const endAnswerSchema = z.union([
  z.object({ receipt: endReceiptSchema }),
  z.object({ kept: keptAccountSchema }),
  refusedSchema,
]);

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
  event: eventSchema,
  'account-command': accountCommandSchema,
  'command-answer': commandAnswerSchema,
  'end-request': endRequestSchema,
  'end-answer': endAnswerSchema,
  'kept-account': keptAccountSchema,
} satisfies Record<string, z.ZodType>;

type SchemaName = keyof typeof schemas;
const at = (name: SchemaName) => `${name}.schema.json`;

/** Every name that a caller must spell as we do; a message without a schema takes or answers nothing. */
function names() {
  return {
    workflow: { type: 'connectUser', input: at('connect-request'), result: at('connect-outcome') },
    refresh: { type: 'refreshConnection', input: at('refresh-request') },
    accountCommand: {
      type: 'accountCommand',
      input: at('account-command'),
      result: at('command-answer'),
    },
    end: { type: 'revokeThenDelete', input: at('end-request'), result: at('end-answer') },
    taskQueues: { default: defaultTaskQueue, apiCalls: apiTaskQueue(defaultTaskQueue) },
    updates: {
      [connectUpdate.name]: { input: at('connect-request'), result: at('connect-answer') },
      [refreshUpdate.name]: { input: at('refresh-request'), result: at('refresh-answer') },
      [confirmUpdate.name]: { input: at('confirmation'), result: at('connect-outcome') },
      [completeAuthUpdate.name]: { input: at('auth-session'), result: at('auth-completion') },
      [keepUpdate.name]: { result: at('kept-account') },
    },
    signals: { [callbackSignal.name]: { input: at('callback-hint') }, [cancelSignal.name]: {} },
    queries: { [viewQuery.name]: { result: at('connect-view') } },
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
