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
  parse,
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

/** Of the scheme's own rules only; which fields a toolkit needs, Composio knows. Its message quotes no value. */
const authSchemeSchema = z.unknown().superRefine((value, context) => {
  const problem = authSchemeProblem(value);
  if (problem === null) return;
  const { field, message } = problem;
  const path = field.split('.').filter(Boolean);
  // Final: a union takes the first member without a final issue for the one that was meant.
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

/** What goes only with an account that is yet to be made. */
const forNewAccounts = ['alias', 'replaces', 'sharing', 'confirm'] as const;

/** Rules between fields, the same for a backend's input and for what travels. */
function connectSchema<T extends z.ZodType>(method: T) {
  return z
    .strictObject({
      userId: idSchema,
      authConfigId: idSchema,
      alias: aliasSchema.optional(),
      method: method.optional(),
      onExisting: z.enum(['fail', 'reuse', 'add']).optional(),
      // It travels in the callback token, which has to fit in a URL that every browser and proxy takes.
      returnUrl: urlSchema.max(1_000).optional(),
      callbackUrl: urlSchema.max(2_000).optional(),
      replaces: accountIdSchema.optional(),
      sameIdentity: z.enum(['require', 'warn', 'ignore']).optional(),
      sharing: sharingSchema.optional(),
      confirm: z.enum(['none', 'required']).optional(),
      waitMs: wholeMs.optional(),
      requestId: z.string().min(1).max(255).optional(),
      metadata: z
        .record(z.string().max(100), z.string().max(1_000))
        .refine((entries) => Object.keys(entries).length <= 20, 'has more than 20 entries')
        .optional(),
      timings: timingsSchema.optional(),
    })
    .superRefine((input, context) => {
      const refuse = (field: keyof typeof input, message: string) =>
        context.addIssue({ code: 'custom', message, path: [field] });
      if (input.returnUrl !== undefined && input.callbackUrl !== undefined) {
        refuse('returnUrl', 'goes with a gateway, `callbackUrl` without one: give one of them');
      }
      if (input.onExisting === 'add' && input.alias === undefined) {
        refuse('alias', 'is needed with onExisting `add`, to tell the accounts apart');
      }
      if (input.sameIdentity !== undefined && input.replaces === undefined) {
        refuse('sameIdentity', 'goes with `replaces`');
      }
      if (input.confirm === 'required' && input.returnUrl === undefined) {
        refuse('confirm', 'needs a `returnUrl`, where the browser brings its code');
      }
      const existing = typeof input.method === 'object' && 'existing' in (input.method as object);
      const stray = forNewAccounts.find((field) => input[field] !== undefined);
      if (existing && stray !== undefined)
        refuse(stray, 'goes not with `existing`, which makes none');
    });
}

const connectUserSchema = connectSchema(openMethodSchema);

/** What travels to Temporal, from each sender: the contract for callers of other languages. */
export const connectRequestSchema = connectSchema(sealedMethodSchema);

/** The whole input, checked; throws ERR_INVALID_INPUT that names the field, before anything is done. */
export function parseConnectUserInput(input: unknown): ConnectUserInput {
  return parse(connectUserSchema, input) as ConnectUserInput;
}

/** The same at the worker's border: unsealed credentials are refused from each sender. */
export function parseConnectUserRequest(request: unknown): ConnectUserRequest {
  return parse(connectRequestSchema, request) as ConnectUserRequest;
}

export const reconnectLinkSchema = z
  .strictObject({
    connectionId: z
      .string()
      .refine((id) => parseConnectionId(id) !== null, 'is not one that connectUser has answered'),
    returnUrl: urlSchema.max(1_000).optional(),
    confirm: z.enum(['none', 'required']).optional(),
    validForMs: z.number().int().min(1_000).max(longestLinkLifeMs).optional(),
  })
  .refine((input) => input.confirm === 'none' || input.returnUrl !== undefined, {
    message: 'is needed, since a link is confirmed by your own page; or say confirm: `none`',
    path: ['returnUrl'],
  });

/** The same for a reconnect link. */
export function parseReconnectLinkInput(input: unknown): ReconnectLinkInput {
  return parse(reconnectLinkSchema, input) as ReconnectLinkInput;
}

/** What a backend says of a browser that has come back with a code. */
export const authSessionSchema = z.strictObject({
  sessionUri: z.string().min(1).max(2_000),
  userId: idSchema,
});

export const confirmSchema = z.strictObject({ code: z.string().min(1).max(100), userId: idSchema });
