import { z } from 'zod';
import type { Acl } from '../account.ts';
import { badRequest } from './errors.ts';

const userIds = z.array(z.string().min(1).max(256)).max(1_000);

/** The ACL of a request: an omitted field is not changed. */
export const aclSchema = z.object({
  allow_all_users: z.boolean().optional(),
  allowed_user_ids: userIds.optional(),
  not_allowed_user_ids: userIds.optional(),
});

/** `acl` with the given fields of `patch`. */
export function withAcl(acl: Acl, patch: z.infer<typeof aclSchema>): Acl {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  return { ...acl, ...Object.fromEntries(given) };
}

/** Reads a body; unknown fields pass. An error names fields, and never quotes a value. */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw badRequest('The body is not valid', errors);
}
