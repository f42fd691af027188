import { z } from 'zod';
import { patchableSchemes } from '../auth-schemes.ts';
import type { AccountCommand, Changes, CommandName } from './account-command.ts';
import {
  accountIdSchema,
  aliasSchema,
  idSchema,
  parse,
  sealedSchema,
  sharingSchema,
} from '../schemas.ts';

const account = { userId: idSchema, connectedAccountId: accountIdSchema };
const input = z.strictObject({ ...account, requestId: z.string().min(1).max(255).optional() });

const alias = z.literal('').or(aliasSchema);

/** Credentials that only a provider hands out cannot be set: for those the user connects again. */
const authScheme = z.enum(patchableSchemes, {
  error: `is none of ${patchableSchemes.join(', ')}; any other account has to be connected again`,
});

const credentials = z.strictObject({
  authScheme,
  val: z
    .record(z.string().min(1).max(100), z.string().max(50_000).nullable())
    .refine((fields) => Object.keys(fields).length > 0, 'has no field to change')
    .refine((fields) => Object.keys(fields).length <= 50, 'has more than 50 fields')
    .refine((fields) => !('status' in fields), 'holds a status, which is Composio’s to give'),
});

const inputs = {
  enable: input,
  disable: input,
  updateAlias: input.extend({ alias }),
  updateCredentials: input.extend({ credentials }),
  updateSharing: input.extend({ sharing: sharingSchema }),
} satisfies Record<CommandName, z.ZodType>;

/** What travels to Temporal, whoever sends it: the contract for callers of other languages. */
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

/** What a backend has given, checked; throws ERR_INVALID_INPUT that names the field, before anything is done. */
export function parseChange<Name extends CommandName>(name: Name, given: unknown): Changes[Name] {
  return parse(inputs[name], given) as Changes[Name];
}

/** The same at the worker's border: credentials that come unsealed are refused, whoever sent them. */
export function parseAccountCommand(command: unknown): AccountCommand {
  return parse(accountCommandSchema, command) as AccountCommand;
}
