import { z } from 'zod';
import { markerPrefix } from './account.ts';
import { authSchemeProblem } from './auth-scheme-problem.ts';
import { type AuthSchemeName, authSchemes } from './auth-schemes.ts';
import type { ConnectUserInput, ConnectUserRequest } from './connect/connect.ts';
import { MooringError } from './errors.ts';
import { parseConnectionId } from './ids.ts';
import { healModes } from './refresh/decide-refresh.ts';
import { longestLinkLifeMs, type ReconnectLinkInput } from './connect/reconnect-link.ts';
import type { NeedsUserInput, RefreshInput } from './refresh/refresh.ts';

/**
 * An id that the list joins by commas and that stands in workflow ids: without commas (two users in
 * one filter), control characters and outer blanks, not empty (perhaps everybody), not `default`
 * (everybody who gave none), at most 255 bytes.
 */
export const idSchema = z
  .string()
  .min(1, 'is empty')
  .refine((id) => Buffer.byteLength(id) <= 255, 'is longer than 255 bytes')
  .refine((id) => id.isWellFormed(), 'is not well-formed text')
  .refine((id) => id.trim() === id, 'begins or ends with a blank')
  .refine((id) => !id.includes(','), 'holds a comma')
  .refine((id) => !/\p{Cc}/u.test(id), 'holds a control character')
  .refine(
    (id) => id !== 'default',
    'is `default`, which Composio gives to accounts without a user',
  );

/**
 * Any other character could change the path of an API call, or turn it into a list. 100 characters are five times the
 * length of Composio's ids, and short enough for every workflow id that contains an account id.
 */
export const accountIdSchema = idSchema
  .refine((id) => id.length <= 100, 'is longer than 100 characters')
  .refine((id) => /^[\w-]+$/.test(id), 'is not an account id');

/** In the caller's words; they stand in a line of a view, and in events and receipts. */
export const wordsSchema = z
  .string()
  .min(1, 'is empty')
  .max(500, 'is longer than 500 characters')
  .refine((text) => !/\p{Cc}/u.test(text), 'holds a control character');

const urlSchema = z
  .string()
  .refine((text) => parsedUrl(text) !== null, 'is not an http(s) URL without credentials');

const wholeMs = z.number().int().min(1_000).max(86_400_000);

const timingsSchema = z.strictObject({
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

/** Stands in workflow ids and at Composio, where it is unique for a user and toolkit. */
export const aliasSchema = z
  .string()
  .min(1, 'is empty')
  .refine((alias) => Buffer.byteLength(alias) <= 255, 'is longer than 255 bytes')
  .refine((alias) => alias.isWellFormed(), 'is not well-formed text')
  .refine((alias) => alias.trim() === alias, 'begins or ends with a blank')
  .refine((alias) => !/\p{Cc}/u.test(alias), 'holds a control character')
  .refine(
    (alias) => !alias.startsWith(markerPrefix),
    `begins with \`${markerPrefix}\`, as ours do`,
  );

/** The API's own limits: 1,000 ids a list, each of 1 to 256 characters. */
const userIds = z
  .array(z.string().min(1, 'is empty').max(256, 'is longer than 256 characters'))
  .max(1_000, 'has more than 1,000 ids');

export const sharingSchema = z
  .strictObject({
    allowAllUsers: z.boolean().optional(),
    allowedUserIds: userIds.optional(),
    notAllowedUserIds: userIds.optional(),
  })
  .refine((sharing) => Object.values(sharing).some((field) => field !== undefined), {
    message: 'names none of allowAllUsers, allowedUserIds, notAllowedUserIds',
  })
  .refine(({ allowAllUsers, allowedUserIds }) => !allowAllUsers || !allowedUserIds?.length, {
    message: 'goes not together with allowAllUsers',
    path: ['allowedUserIds'],
  });

export const connectionDataSchema = z
  .record(z.string().min(1).max(100), z.string().max(10_000))
  .refine((fields) => Object.keys(fields).length <= 50, 'has more than 50 fields');

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

/** As much as Temporal takes in one payload is two megabytes; credentials are far below a hundredth of it. */
export const sealedSchema = z.strictObject({
  sealed: z
    .string()
    .max(100_000)
    .regex(/^[\w-]{1,32}\.[\w-]+$/, 'is not what the client seals'),
  digests: z.record(z.string().regex(/^[\w-]{1,32}$/), z.string().regex(/^[\w-]{43}$/)).optional(),
});

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

/** What travels to Temporal, whoever sends it: the contract for callers of other languages. */
export const connectRequestSchema = connectSchema(sealedMethodSchema);

/** The whole input, checked; throws ERR_INVALID_INPUT that names the field, before anything is done. */
export function parseConnectUserInput(input: unknown): ConnectUserInput {
  return parse(connectUserSchema, input) as ConnectUserInput;
}

/** The same at the worker's border: credentials that come unsealed are refused, whoever sent them. */
export function parseConnectUserRequest(request: unknown): ConnectUserRequest {
  return parse(connectRequestSchema, request) as ConnectUserRequest;
}

/** The same for any single value at a border. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, name?: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues[0]);
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...(name === undefined ? [] : [name]), ...(issue?.path ?? []), unknownKey];
  const field = path.filter((part) => part !== undefined).join('.') || 'input';
  const what = unknownKey === undefined ? issue?.message : 'is not a known field';
  throw new MooringError('ERR_INVALID_INPUT', `${field}: ${what ?? 'is not valid'}`, { field });
}

/** Of a union, what is wrong with the member that was meant: one whose own keys were given, and best. */
function deepest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== 'invalid_union') return issue;
  const isMeant = (issues: z.core.$ZodIssue[]) =>
    issues.every(({ code, path }) => code !== 'unrecognized_keys' || path.length > 0);
  const [inner] = issue.errors
    .filter(isMeant)
    .map(([first]) => deepest(first))
    .filter((first) => first !== undefined)
    .toSorted((a, b) => b.path.length - a.path.length);
  return inner === undefined ? issue : { ...inner, path: [...issue.path, ...inner.path] };
}

/** A URL that a browser may be sent to, or null. `URL` forgives backslashes and blanks, so those are refused first. */
export function parsedUrl(text: string): URL | null {
  if (/[\s\\\p{Cc}]/u.test(text) || !/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    return null;
  }
  const url = new URL(text);
  return url.username === '' && url.password === '' ? url : null;
}

/** An origin that is in the allow-list, compared as parsed: no prefix, no case, no trailing slash can fool it. */
export function isAllowedReturnUrl(text: string, origins: readonly string[]): boolean {
  const url = parsedUrl(text);
  return url !== null && origins.includes(url.origin);
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

const monthMs = 30 * 86_400_000;
const wholeMsOfAMonth = z.number().int().min(1_000).max(monthMs);

const toldTimingsSchema = z.strictObject({
  readsMs: z.array(wholeMsOfAMonth).max(20).optional(),
  everyMs: wholeMsOfAMonth.optional(),
  hintSpacingMs: wholeMsOfAMonth.optional(),
  keepMs: wholeMsOfAMonth.optional(),
});

/** What travels to Temporal is what a backend asks for: nothing in it is a secret. */
export const refreshInputSchema = z
  .strictObject({
    userId: idSchema,
    connectedAccountId: accountIdSchema,
    mode: z.enum(healModes).optional(),
    returnUrl: urlSchema.max(1_000).optional(),
    validateCredentials: z.boolean().optional(),
    waitMs: wholeMs.optional(),
    requestId: z.string().min(1).max(255).optional(),
    timings: timingsSchema.extend({ told: toldTimingsSchema.optional() }).optional(),
  })
  .refine(({ waitMs, returnUrl }) => waitMs === undefined || returnUrl !== undefined, {
    message: 'goes with `returnUrl`: without it nobody is waited for',
    path: ['waitMs'],
  });

/** The same for a refresh. */
export function parseRefreshInput(input: unknown): RefreshInput {
  return parse(refreshInputSchema, input) as RefreshInput;
}

const needsUserInputSchema = z.strictObject({
  userId: idSchema,
  connectedAccountId: accountIdSchema,
  timings: toldTimingsSchema.optional(),
});

/** The same for the memory that a user was told. */
export function parseNeedsUserInput(input: unknown): NeedsUserInput {
  return parse(needsUserInputSchema, input) as NeedsUserInput;
}

/** What a backend says of a browser that has come back with a code. */
export const authSessionSchema = z.strictObject({
  sessionUri: z.string().min(1).max(2_000),
  userId: idSchema,
});

export const confirmSchema = z.strictObject({ code: z.string().min(1).max(100), userId: idSchema });
