import { z } from 'zod';
import { variablesByPart } from '../config.ts';
import { parseInput } from '../domain/schemas.ts';

const variables = variablesByPart.backend;

/** The options of a client, beside its Temporal client. They have the rules of their variables. */
const clientOptionsSchema = z.strictObject({
  taskQueue: variables.MOORING_TASK_QUEUE,
  encryptionKeys: variables.MOORING_ENCRYPTION_KEYS,
  credentialKeys: variables.MOORING_CREDENTIAL_KEYS,
  idKey: variables.MOORING_ID_KEY,
  allowPlaintext: z.boolean().default(false),
});

/** Parses the options of a client. ERR_INVALID_INPUT names the option. */
export function parseClientOptions(options: unknown): z.output<typeof clientOptionsSchema> {
  return parseInput(clientOptionsSchema, options);
}
