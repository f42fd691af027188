import { z } from 'zod';
import { markerPrefix } from './account.ts';
import { MooringError } from './errors.ts';
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

export const urlSchema = z
  .string()
  .refine((text) => parsedUrl(text) !== null, 'is not an http(s) URL without credentials');

export const wholeMs = z.number().int().min(1_000).max(86_400_000);
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
/** As much as Temporal takes in one payload is two megabytes; credentials are far below a hundredth of it. */
export const sealedSchema = z.strictObject({
  sealed: z
    .string()
    .max(100_000)
    .regex(/^[\w-]{1,32}\.[\w-]+$/, 'is not what the client seals'),
  digests: z.record(z.string().regex(/^[\w-]{1,32}$/), z.string().regex(/^[\w-]{43}$/)).optional(),
});

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
