import { z } from 'zod';
import { withoutUndefined } from './defined.ts';
import { markerPrefix, accountStatuses } from './account.ts';
import { MooringError } from './errors.ts';
import { inputMessage } from './input-message.ts';
import type { AccountFilter, AccountOrder } from './account-filter.ts';

/**
 * An id that is part of workflow ids and of the list's comma-separated filters. A comma would
 * select two users, an empty id perhaps all users. `default` would select all accounts that were
 * made without a user.
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
 * Any other character could change the path of an API call or make it a list call. The limit of 100
 * characters is five times the length of Composio's ids, and fits into every workflow id.
 */
export const accountIdSchema = idSchema
  .refine((id) => id.length <= 100, 'is longer than 100 characters')
  .refine((id) => /^[\w-]+$/.test(id), 'is not an account id');

/** A text from the caller. Views show it on one line; events and receipts contain it. */
export const wordsSchema = z
  .string()
  .min(1, 'is empty')
  .max(500, 'is longer than 500 characters')
  .refine((text) => !/\p{Cc}/u.test(text), 'holds a control character');

export const urlSchema = z
  .string()
  .refine((text) => parseUrl(text) !== null, 'is not an http(s) URL without credentials');

/** Mooring sends it as the id of an update. */
export const requestIdSchema: z.ZodString = z.string().min(1).max(255);

export const wholeMs = z.number().int().min(1_000).max(86_400_000);
/** An alias is part of workflow ids. Composio keeps it unique per user and toolkit. */
export const aliasSchema = z
  .string()
  .min(1, 'is empty')
  .refine((alias) => Buffer.byteLength(alias) <= 255, 'is longer than 255 bytes')
  .refine((alias) => alias.isWellFormed(), 'is not well-formed text')
  .refine((alias) => alias.trim() === alias, 'begins or ends with a blank')
  .refine((alias) => !/\p{Cc}/u.test(alias), 'holds a control character')
  .refine(
    (alias) => !alias.startsWith(markerPrefix),
    `begins with \`${markerPrefix}\`, which is reserved for Mooring’s own aliases`,
  );

/** The limits of Composio's API: 1,000 ids per list, each of 1 to 256 characters. */
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
    message: 'cannot be combined with allowAllUsers',
    path: ['allowedUserIds'],
  });

export const connectionDataSchema = z
  .record(z.string().min(1).max(100), z.string().max(10_000))
  .refine((fields) => Object.keys(fields).length <= 50, 'has more than 50 fields');
/**
 * Temporal accepts payloads of at most two megabytes. Credentials need far less than a hundredth.
 */
export const sealedSchema = z.strictObject({
  sealed: z
    .string()
    .max(100_000)
    .regex(/^[\w-]{1,32}\.[\w-]+$/, 'is not a value that the client sealed'),
  digests: z.record(z.string().regex(/^[\w-]{1,32}$/), z.string().regex(/^[\w-]{43}$/)).optional(),
});

/** Checks a value from outside. Throws ERR_INVALID_INPUT with the name of the invalid field. */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown, name?: string): T {
  const result = schema.safeParse(withoutUndefined(value), { error: inputMessage });
  if (result.success) return result.data;
  const issue = deepestIssue(result.error.issues[0]);
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...(name === undefined ? [] : [name]), ...(issue?.path ?? []), unknownKey];
  const field = path.filter((part) => part !== undefined).join('.') || 'input';
  const what = unknownKey === undefined ? issue?.message : 'is not a known field';
  throw new MooringError('ERR_INVALID_INPUT', `${field}: ${what ?? 'is not valid'}`, { field });
}

/**
 * The issue to report for a union: that of the member the caller most likely meant. Its known keys
 * match, and its issue lies deepest.
 */
function deepestIssue(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== 'invalid_union') return issue;
  const hasKnownKeys = (issues: z.core.$ZodIssue[]) =>
    issues.every(({ code, path }) => code !== 'unrecognized_keys' || path.length > 0);
  const [inner] = issue.errors
    .filter(hasKnownKeys)
    .map(([first]) => deepestIssue(first))
    .filter((first) => first !== undefined)
    .toSorted((a, b) => b.path.length - a.path.length);
  return inner === undefined ? issue : { ...inner, path: [...issue.path, ...inner.path] };
}

/**
 * A URL that a browser may be sent to, or null. `URL` accepts backslashes and blanks, so they are
 * refused first.
 */
export function parseUrl(text: string): URL | null {
  if (/[\s\\\p{Cc}]/u.test(text) || !/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    return null;
  }
  const url = new URL(text);
  return url.username === '' && url.password === '' ? url : null;
}

/**
 * Whether the URL's origin is in the allow-list. Parsed origins are compared, so a prefix, upper
 * case or a trailing slash cannot bypass the check.
 */
export function isAllowedReturnUrl(text: string, origins: readonly string[]): boolean {
  const url = parseUrl(text);
  return url !== null && origins.includes(url.origin);
}

/** All ids of a filter go into one URL. A hundred of the longest ids fit; a thousand do not. */
const mostIds = 100;

/** Mooring refuses an empty list: Composio's list endpoint takes an empty value for no filter. */
function listOf<T extends z.ZodType>(item: T) {
  return z.array(item).min(1, 'is empty').max(mostIds, `has more than ${mostIds} entries`);
}

export const toolkitSchema = idSchema.refine(
  (slug) => /^[\w-]+$/.test(slug),
  'is not a toolkit slug',
);
const statusSchema = z.enum(accountStatuses, {
  error: `is none of ${accountStatuses.join(', ')}`,
});

/** The filter that a caller or a schedule file may set. Mooring sets the rest of a page's query. */
export const accountFilterSchema = z.strictObject({
  userIds: listOf(idSchema).optional(),
  toolkitSlugs: listOf(toolkitSchema).optional(),
  authConfigIds: listOf(idSchema).optional(),
  connectedAccountIds: listOf(accountIdSchema).optional(),
  statuses: listOf(statusSchema).optional(),
  accountType: z.enum(['PRIVATE', 'SHARED', 'ALL']).optional(),
});

const pageSchema = accountFilterSchema.extend({
  orderBy: z.enum(['created_at', 'updated_at']).optional(),
  direction: z.enum(['asc', 'desc']).optional(),
  cursor: z.string().min(1, 'is empty').max(2_000).optional(),
  limit: z.number().int().min(1).max(100).optional(),
});

/** The query for one page of the account list. */
export type AccountPageQuery = AccountFilter & AccountOrder & { cursor?: string; limit?: number };

/** Throws ERR_INVALID_INPUT with the field's name. No call is made before the check. */
export function parseAccountPageQuery(query: unknown): AccountPageQuery {
  return parseInput(pageSchema, query) as AccountPageQuery;
}
