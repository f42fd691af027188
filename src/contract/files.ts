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
  endAnswerSchema,
  endViewSchema,
  keptAccountSchema,
  offboardingReceiptSchema,
  reconnectAnswerSchema,
  refreshAnswerSchema,
  refreshResultSchema,
  refreshViewSchema,
  sweepViewSchema,
} from './answers.ts';
import { accessInputSchema, accessOrderSchema } from '../domain/access/schemas.ts';
import { accountCommandSchema } from '../domain/change/schemas.ts';
import { errorCodes } from '../domain/errors.ts';
import { endRequestSchema } from '../domain/disconnect/schemas.ts';
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
  endViewQuery,
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
  'end-request': endRequestSchema,
  'end-answer': endAnswerSchema,
  'end-view': endViewSchema,
  'kept-account': keptAccountSchema,
  'access-input': accessInputSchema,
  'access-order': accessOrderSchema,
  'access-answer': accessAnswerSchema,
  'access-view': accessViewSchema,
  'access-result': accessResultSchema,
  'offboarding-receipt': offboardingReceiptSchema.nullable(),
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
    queries: { [endViewQuery.name]: { result: at('end-view') } },
  },
  userAccess: {
    id: 'user/{userId}',
    input: at('access-input'),
    result: at('access-result'),
    updates: { [accessUpdate.name]: { input: at('access-order'), result: at('access-answer') } },
    signals: { [subscriptionSignal.name]: { input: at('subscription-event') } },
    queries: {
      [accessViewQuery.name]: { result: at('access-view') },
      [receiptQuery.name]: { result: at('offboarding-receipt') },
    },
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
  retireAccount:
    'disconnects what an attempt leaves while another run holds it: connectUser starts it',
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
      [attemptEnded]:
        'the caller: it came as this attempt was ending, start the next run and make the call once more',
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
