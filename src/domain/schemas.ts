import { z } from 'zod';
import type { ConnectUserInput } from './connection.ts';
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

const urlSchema = z
  .string()
  .refine((text) => parsedUrl(text) !== null, 'is not an http(s) URL without credentials');

const wholeMs = z.number().int().min(1_000).max(86_400_000);

const timingsSchema = z.strictObject({
  lookFirstMs: wholeMs.optional(),
  lookFactor: z.number().min(1).max(10).optional(),
  lookMaxMs: wholeMs.optional(),
  looks: z.number().int().min(0).max(100).optional(),
  slackMs: wholeMs.optional(),
  spacingMs: wholeMs.optional(),
  goneSpacingMs: wholeMs.optional(),
  existingWaitMs: wholeMs.optional(),
});

const connectUserSchema = z
  .strictObject({
    userId: idSchema,
    authConfigId: idSchema,
    method: z
      .union([
        z.strictObject({ link: z.strictObject({}) }),
        z.strictObject({ existing: z.strictObject({ connectedAccountId: idSchema }) }),
      ])
      .optional(),
    onExisting: z.enum(['fail', 'reuse']).optional(),
    // It travels in the callback token, which has to fit in a URL that every browser and proxy takes.
    returnUrl: urlSchema.max(1_000).optional(),
    callbackUrl: urlSchema.max(2_000).optional(),
    waitMs: wholeMs.optional(),
    requestId: z.string().min(1).max(255).optional(),
    metadata: z
      .record(z.string().max(100), z.string().max(1_000))
      .refine((entries) => Object.keys(entries).length <= 20, 'has more than 20 entries')
      .optional(),
    timings: timingsSchema.optional(),
  })
  .refine((input) => input.returnUrl === undefined || input.callbackUrl === undefined, {
    message: 'goes with a gateway, `callbackUrl` without one: give one of them',
    path: ['returnUrl'],
  });

/** What travels to Temporal, whoever sends it: the contract for callers of other languages. */
export const connectRequestSchema = connectUserSchema;

/** The whole input, checked; throws ERR_INVALID_INPUT that names the field, before anything is done. */
export function parseConnectUserInput(input: unknown): ConnectUserInput {
  return parse(connectUserSchema, input) as ConnectUserInput;
}

/** The same for any single value at a border. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, name?: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...(name === undefined ? [] : [name]), ...(issue?.path ?? []), unknownKey];
  const field = path.filter((part) => part !== undefined).join('.') || 'input';
  const what = unknownKey === undefined ? issue?.message : 'is not a known field';
  throw new MooringError('ERR_INVALID_INPUT', `${field}: ${what ?? 'is not valid'}`, { field });
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
