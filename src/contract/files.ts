import { z } from 'zod';
import {
  accessAnswerSchema,
  accessResultSchema,
  accessViewSchema,
  authCompletionSchema,
  callbackHintSchema,
  commandAnswerSchema,
  confirmationSchema,
  connectAnswerSchema,
  connectViewSchema,
  disconnectResultSchema,
  disconnectViewSchema,
  keptAccountSchema,
  offboardingReceiptSchema,
  reconnectAnswerSchema,
  refreshAnswerSchema,
  refreshResultSchema,
  refreshViewSchema,
  sweepViewSchema,
} from './answers.ts';
import { accessInputSchema, accessRequestSchema } from '../domain/access/schemas.ts';
import { accountCommandSchema } from '../domain/change/schemas.ts';
import { errorCodes } from '../domain/errors.ts';
import { disconnectRequestSchema } from '../domain/disconnect/schemas.ts';
import { eventSchema, outcomeSchema, sweepReportSchema } from '../domain/events/schemas.ts';
import {
  authSessionSchema,
  connectRequestSchema,
  reconnectLinkSchema,
} from '../domain/connect/schemas.ts';
import { refreshInputSchema } from '../domain/refresh/schemas.ts';
import { subscriptionEventSchema } from '../domain/access/subscription-event-schema.ts';
import { sweepInputSchema } from '../domain/sweep/schemas.ts';
import {
  apiTaskQueue,
  bulkTaskQueue,
  defaultTaskQueue,
  eventsTaskQueue,
} from '../domain/task-queues.ts';
import {
  accessUpdate,
  accessViewQuery,
  attemptEnded,
  callbackSignal,
  cancelSignal,
  completeAuthUpdate,
  confirmUpdate,
  connectUpdate,
  disconnectViewQuery,
  keepUpdate,
  receiptQuery,
  refreshUpdate,
  searchAttributeKeys,
  subscriptionSignal,
  sweepViewQuery,
  viewQuery,
} from '../protocol/messages.ts';

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
  'disconnect-request': disconnectRequestSchema,
  'disconnect-result': disconnectResultSchema,
  'disconnect-view': disconnectViewSchema,
  'kept-account': keptAccountSchema,
  'access-input': accessInputSchema,
  'access-request': accessRequestSchema,
  'access-answer': accessAnswerSchema,
  'access-view': accessViewSchema,
  'access-result': accessResultSchema,
  'offboarding-receipt': offboardingReceiptSchema.nullable(),
  'subscription-event': subscriptionEventSchema,
} satisfies Record<string, z.ZodType>;

type SchemaName = keyof typeof schemas;
const schemaFileOf = (name: SchemaName) => `${name}.schema.json`;

/**
 * The workflows that another language may start, with their messages. A message without a schema
 * has no input or no result.
 */
const workflows = {
  connectUser: {
    id: 'connect/{connectionId}',
    input: schemaFileOf('connect-request'),
    result: schemaFileOf('connect-outcome'),
    updates: {
      [connectUpdate.name]: {
        input: schemaFileOf('connect-request'),
        result: schemaFileOf('connect-answer'),
      },
      [confirmUpdate.name]: {
        input: schemaFileOf('confirmation'),
        result: schemaFileOf('connect-outcome'),
      },
      [completeAuthUpdate.name]: {
        input: schemaFileOf('auth-session'),
        result: schemaFileOf('auth-completion'),
      },
    },
    signals: {
      [callbackSignal.name]: { input: schemaFileOf('callback-hint') },
      [cancelSignal.name]: {},
    },
    queries: { [viewQuery.name]: { result: schemaFileOf('connect-view') } },
  },
  refreshConnection: {
    id: 'account/{connectedAccountId}',
    input: schemaFileOf('refresh-request'),
    result: schemaFileOf('refresh-result'),
    updates: {
      [refreshUpdate.name]: {
        input: schemaFileOf('refresh-request'),
        result: schemaFileOf('refresh-answer'),
      },
    },
    signals: {
      [callbackSignal.name]: { input: schemaFileOf('callback-hint') },
      [cancelSignal.name]: {},
    },
    queries: { [viewQuery.name]: { result: schemaFileOf('refresh-view') } },
  },
  accountCommand: {
    id: 'account/{connectedAccountId}',
    input: schemaFileOf('account-command'),
    result: schemaFileOf('command-answer'),
  },
  revokeThenDelete: {
    id: 'account/{connectedAccountId}',
    input: schemaFileOf('disconnect-request'),
    result: schemaFileOf('disconnect-result'),
    updates: { [keepUpdate.name]: { result: schemaFileOf('kept-account') } },
    signals: { [cancelSignal.name]: {} },
    queries: { [disconnectViewQuery.name]: { result: schemaFileOf('disconnect-view') } },
  },
  userAccess: {
    id: 'user/{userId}',
    input: schemaFileOf('access-input'),
    result: schemaFileOf('access-result'),
    updates: {
      [accessUpdate.name]: {
        input: schemaFileOf('access-request'),
        result: schemaFileOf('access-answer'),
      },
    },
    signals: { [subscriptionSignal.name]: { input: schemaFileOf('subscription-event') } },
    queries: {
      [accessViewQuery.name]: { result: schemaFileOf('access-view') },
      [receiptQuery.name]: { result: schemaFileOf('offboarding-receipt') },
    },
  },
  reconnectLink: {
    id: 'reconnect/{connectionId}/{anything of your own}',
    input: schemaFileOf('reconnect-request'),
    result: schemaFileOf('reconnect-answer'),
  },
  bulkRefresh: {
    id: 'sweep/{name}',
    input: schemaFileOf('sweep-request'),
    result: schemaFileOf('sweep-report'),
    signals: { [cancelSignal.name]: {} },
    queries: { [sweepViewQuery.name]: { result: schemaFileOf('sweep-view') } },
  },
};

/**
 * The workflows that only Mooring starts, with the reason. They are not for callers, and may
 * change.
 */
const internal = {
  awaitReauth: 'remembers that a user was notified: a refresh or a sweep starts it',
  deliverEvent:
    'one event on its way to one endpoint: the workflow that has something to report starts it',
  retireAccount:
    'disconnects what an attempt leaves while another run holds it: connectUser starts it',
  planDisconnect: 'what a disconnect would do: the client starts it for a dry run',
};

/** Every name that a caller must write exactly as Mooring does. */
function contractNames() {
  return {
    workflows,
    internal,
    taskQueues: {
      default: defaultTaskQueue,
      apiCalls: apiTaskQueue(defaultTaskQueue),
      batches: bulkTaskQueue(defaultTaskQueue),
      events: eventsTaskQueue(defaultTaskQueue, '{endpoint}'),
    },
    events: schemaFileOf('event'),
    searchAttributes: Object.fromEntries(
      Object.values(searchAttributeKeys).map(({ name, type }) => [name, type]),
    ),
    failureTypes: {
      ...errorCodes,
      [attemptEnded]:
        'the caller: it came as this attempt was ending, start the next run and make the call once more',
    },
  };
}

/**
 * The files of `contract/` by name, as JSON: all that a caller in another language must know. JSON
 * Schema cannot express some rules (bytes, blanks, one field beside another). The worker checks
 * them all.
 */
export function contractFiles(): Record<string, object> {
  const files = Object.entries(schemas).map(([name, schema]) => [
    schemaFileOf(name as SchemaName),
    { title: name, ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) },
  ]);
  return {
    'names.json': contractNames(),
    ...(Object.fromEntries(files) as Record<string, object>),
  };
}
