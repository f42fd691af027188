import { z } from 'zod';
import { authSchemeProblem } from '../auth-scheme-problem.ts';
import { type AuthSchemeName, authSchemes } from '../auth-schemes.ts';
import type { ConnectUserInput, ConnectUserRequest } from './connect.ts';
import { parseConnectionId } from '../ids.ts';
import { longestLinkLifeMs, type ReconnectLinkInput } from './reconnect-link.ts';
import {
  idSchema,
  accountIdSchema,
  urlSchema,
  wholeMs,
  aliasSchema,
  sharingSchema,
  connectionDataSchema,
  sealedSchema,
  parseInput,
  requestIdSchema,
} from '../schemas.ts';

export const timingsSchema = z.strictObject({
  openMs: wholeMs.optional(),
  lookFirstMs: wholeMs.optional(),
  lookFactor: z.number().min(1).max(10).optional(),
  lookMaxMs: wholeMs.optional(),
  looks: z.number().int().min(0).max(100).optional(),
  slackMs: wholeMs.optional(),
  spacingMs: wholeMs.optional(),
  goneSpacingMs: wholeMs.optional(),
  existingWaitMs: wholeMs.optional(),
  confirmMs: wholeMs.optional(),
  finishMs: wholeMs.optional(),
});

/**
 * Checks only the rules of the scheme itself. Only Composio knows which fields a toolkit needs. The
 * message quotes no value.
 */
const authSchemeSchema = z.unknown().superRefine((value, context) => {
  const problem = authSchemeProblem(value);
  if (problem === null) return;
  const { field, message } = problem;
  const path = field.split('.').filter(Boolean);
  // A final issue: zod reports the first union member without one as the one that was meant.
  context.addIssue({ code: 'custom', message, path, continue: false });
});

const existingMethod = z.strictObject({
  existing: z.strictObject({ connectedAccountId: accountIdSchema }),
});

const openMethodSchema = z.union([
  z.strictObject({ link: z.strictObject({ connectionData: connectionDataSchema.optional() }) }),
  z.strictObject({ initiate: authSchemeSchema }),
  existingMethod,
]);

const sealedMethodSchema = z.union([
  z.strictObject({ link: z.strictObject({ connectionData: sealedSchema.optional() }) }),
  z.strictObject({
    initiate: z.strictObject({
      authScheme: z.enum(Object.keys(authSchemes) as AuthSchemeName[]),
      credentials: sealedSchema,
    }),
  }),
  existingMethod,
]);

/** Fields that are valid only if the attempt makes a new account. */
const forNewAccounts = ['alias', 'replaces', 'sharing', 'confirm'] as const;

/** The rules between fields. They are the same for the client's input and for the request. */
function connectSchema<T extends z.ZodType>(method: T) {
  return z
    .strictObject({
      userId: idSchema,
      authConfigId: idSchema,
      alias: aliasSchema.optional(),
      method: method.optional(),
      onExisting: z.enum(['fail', 'reuse', 'add']).optional(),
      // The callback token contains it, and must fit into a URL that every browser and proxy
      // accepts.
      returnUrl: urlSchema.max(1_000).optional(),
      callbackUrl: urlSchema.max(2_000).optional(),
      replaces: accountIdSchema.optional(),
      sameIdentity: z.enum(['require', 'warn', 'ignore']).optional(),
      sharing: sharingSchema.optional(),
      confirm: z.enum(['none', 'required']).optional(),
      waitMs: wholeMs.optional(),
      requestId: requestIdSchema.optional(),
      metadata: z
        .record(z.string().max(100), z.string().max(1_000))
        .refine((entries) => Object.keys(entries).length <= 20, 'has more than 20 entries')
        .optional(),
      timings: timingsSchema.optional(),
    })
    .superRefine((input, context) => {
      const refuseField = (field: keyof typeof input, message: string) =>
        context.addIssue({ code: 'custom', message, path: [field] });
      if (input.returnUrl !== undefined && input.callbackUrl !== undefined) {
        refuseField(
          'returnUrl',
          'cannot be combined with `callbackUrl`: use `returnUrl` if you have a gateway',
        );
      }
      if (input.onExisting === 'add' && input.alias === undefined) {
        refuseField('alias', 'is needed with onExisting `add`, to distinguish the accounts');
      }
      if (input.sameIdentity !== undefined && input.replaces === undefined) {
        refuseField('sameIdentity', 'needs `replaces`');
      }
      if (input.confirm === 'required' && input.returnUrl === undefined) {
        refuseField('confirm', 'needs a `returnUrl`: the browser brings its code there');
      }
      const isExisting = typeof input.method === 'object' && 'existing' in (input.method as object);
      const stray = forNewAccounts.find((field) => input[field] !== undefined);
      if (isExisting && stray !== undefined)
        refuseField(stray, 'cannot be combined with `existing`, which makes no account');
    });
}

const connectUserSchema = connectSchema(openMethodSchema);

/** The request that travels to Temporal. It is the contract for callers in other languages. */
export const connectRequestSchema = connectSchema(sealedMethodSchema);

/** Checks the whole input. Throws ERR_INVALID_INPUT with the name of the invalid field. */
export function parseConnectUserInput(input: unknown): ConnectUserInput {
  return parseInput(connectUserSchema, input) as ConnectUserInput;
}

/**
 * Checks a request in the worker. It refuses credentials that are not encrypted, from any sender.
 */
export function parseConnectUserRequest(request: unknown): ConnectUserRequest {
  return parseInput(connectRequestSchema, request) as ConnectUserRequest;
}

export const reconnectLinkSchema = z
  .strictObject({
    connectionId: z
      .string()
      .refine(
        (id) => parseConnectionId(id) !== null,
        'is not a connection id that connectUser returned',
      ),
    returnUrl: urlSchema.max(1_000).optional(),
    confirm: z.enum(['none', 'required']).optional(),
    validForMs: z.number().int().min(1_000).max(longestLinkLifeMs).optional(),
  })
  .refine((input) => input.confirm === 'none' || input.returnUrl !== undefined, {
    message: 'is needed, because your own page confirms the link; otherwise set confirm to `none`',
    path: ['returnUrl'],
  });

/** Checks the input of a reconnect link. Throws ERR_INVALID_INPUT with the invalid field's name. */
export function parseReconnectLinkInput(input: unknown): ReconnectLinkInput {
  return parseInput(reconnectLinkSchema, input) as ReconnectLinkInput;
}

/** A browser's return, as a backend or the gateway reports it. */
export const callbackHintSchema = z.strictObject({
  status: z.enum(['success', 'failed']),
  connectedAccountId: accountIdSchema.optional(),
  code: z
    .strictObject({ hash: z.string(), expiresAt: z.string(), cookies: z.array(z.string()) })
    .optional(),
});

/** A browser at the project's callback verifier, and its signed-in user. */
export const authSessionSchema = z.strictObject({
  sessionUri: z.string().min(1).max(2_000),
  userId: idSchema,
});

export const confirmSchema = z.strictObject({ code: z.string().min(1).max(100), userId: idSchema });
