import { z } from 'zod';
import { patchableSchemes } from '../auth-schemes.ts';
import type { AccountCommand, AccountChanges, CommandName } from './account-command.ts';
import {
  accountIdSchema,
  aliasSchema,
  idSchema,
  parseInput,
  sealedSchema,
  sharingSchema,
  requestIdSchema,
} from '../schemas.ts';

const account = { userId: idSchema, connectedAccountId: accountIdSchema };
const input = z.strictObject({ ...account, requestId: requestIdSchema.optional() });

const alias = z.literal('').or(aliasSchema);

/** Credentials that only a provider issues cannot be set. For those, the user connects again. */
const authScheme = z.enum(patchableSchemes, {
  error: `is none of ${patchableSchemes.join(', ')}; connect any other account again`,
});

const credentials = z.strictObject({
  authScheme,
  val: z
    .record(z.string().min(1).max(100), z.string().max(50_000).nullable())
    .refine((fields) => Object.keys(fields).length > 0, 'has no field to change')
    .refine((fields) => Object.keys(fields).length <= 50, 'has more than 50 fields')
    .refine((fields) => !('status' in fields), 'contains `status`, which only Composio sets'),
});

const inputs = {
  enable: input,
  disable: input,
  updateAlias: input.extend({ alias }),
  updateCredentials: input.extend({ credentials }),
  updateSharing: input.extend({ sharing: sharingSchema }),
} satisfies Record<CommandName, z.ZodType>;

/** The command that travels to Temporal. It is the contract for callers in other languages. */
export const accountCommandSchema = z.discriminatedUnion('command', [
  z.strictObject({ ...account, command: z.literal('enable') }),
  z.strictObject({ ...account, command: z.literal('disable') }),
  z.strictObject({ ...account, command: z.literal('updateAlias'), alias }),
  z.strictObject({
    ...account,
    command: z.literal('updateCredentials'),
    authScheme,
    credentials: sealedSchema,
  }),
  z.strictObject({ ...account, command: z.literal('updateSharing'), sharing: sharingSchema }),
]);

/** Checks the input of a change. Throws ERR_INVALID_INPUT with the name of the invalid field. */
export function parseChange<Name extends CommandName>(
  name: Name,
  given: unknown,
): AccountChanges[Name] {
  return parseInput(inputs[name], given) as AccountChanges[Name];
}

/**
 * Checks a command in the worker. It refuses credentials that are not encrypted, from any sender.
 */
export function parseAccountCommand(command: unknown): AccountCommand {
  return parseInput(accountCommandSchema, command) as AccountCommand;
}
