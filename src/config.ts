import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { MooringError } from './domain/errors.ts';
import { parseEventEndpoints } from './domain/events/endpoints.ts';
import { parseUrl } from './domain/schemas.ts';
import { signingSecretsSchema } from './domain/events/signing-secrets.ts';
import { defaultTaskQueue } from './domain/task-queues.ts';
import { parseKeyRing } from './crypto/key-ring.ts';
import { inputMessage } from './domain/input-message.ts';

export type MooringEnvironment = Record<string, string | undefined>;

/** Only this module reads the environment of the process. All other code gets it as an argument. */
export const processEnvironment: MooringEnvironment = process.env;

/**
 * A variable with its own format. The error of `parseText` is shown, so its message must not quote
 * the value.
 */
function textSchema<T>(parseText: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return parseText(text);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: error instanceof Error ? error.message : 'invalid',
      });
      return z.NEVER;
    }
  });
}

const keyRing = textSchema(parseKeyRing);

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z
  .enum(['0', '1', 'true', 'false'])
  .transform((value) => value === '1' || value === 'true');
const url = z.string().refine((text) => parseUrl(text) !== null, 'is not an http(s) URL');

/** Mooring appends paths to this URL, so it must not have a query or a fragment. */
const publicUrl = url
  .refine((text) => !/[?#]/.test(text), 'has a query or a fragment')
  .transform((text) => text.replace(/\/+$/, ''));

/**
 * A comma-separated list of origins, as a browser writes them: scheme, host and port, nothing else.
 */
const origins = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .transform((parts) => parts.filter((part) => part !== ''))
  .refine(
    (parts) => parts.every((part) => parseUrl(part)?.origin === part && !part.includes('*')),
    'must list only origins such as https://app.example',
  );

/**
 * `name:token[,name2:token2…]`. A token has the characters of a bearer token, and enough of them
 * that it cannot be guessed.
 */
const codecTokens = z.string().transform((text, context): ReadonlyMap<string, string> => {
  const tokens = new Map<string, string>();
  for (const [index, entry] of text.split(',').entries()) {
    const [, name, token] = /^([\w-]{1,32}):([\w.~+/-]{32,}=*)$/.exec(entry.trim()) ?? [];
    if (name === undefined || token === undefined || tokens.has(name)) {
      const rule = 'must be name:token, with a unique name and a token of 32 characters or more';
      context.addIssue({ code: 'custom', message: `entry ${index + 1} ${rule}` });
      return z.NEVER;
    }
    tokens.set(name, token);
  }
  return tokens;
});

/** One secret, or two during a rotation, exactly as Composio shows them. */
const webhookSecrets = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((parts) => parts.length <= 2, 'has more than two secrets')
  .refine(
    (parts) => parts.every((part) => part.length >= 16),
    'has a secret of less than 16 characters',
  );

/** The same for messages that are signed as Standard Webhooks specifies. */
const signingSecrets = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(signingSecretsSchema);

/**
 * What every part that calls Temporal reads. Temporal's envconfig reads Temporal's own
 * `TEMPORAL_*`.
 */
const temporalSchema = z.object({
  MOORING_ENCRYPTION_KEYS: keyRing.optional(),
  MOORING_CREDENTIAL_KEYS: keyRing.optional(),
  MOORING_ALLOW_PLAINTEXT: flag.default(false),
  MOORING_ID_KEY: z.string().min(16, 'is shorter than 16 characters').optional(),
  MOORING_TASK_QUEUE: z.string().min(1).max(200).default(defaultTaskQueue),
});

/** Host names that the ops listener accepts, beside addresses and names without a dot. */
const hostNames = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim().toLowerCase()))
  .transform((parts) => parts.filter((part) => part !== ''))
  .refine((parts) => parts.every((part) => /^[\w.-]+$/.test(part)), 'must list only host names');

const loggingSchema = z.object({
  MOORING_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

const servingSchema = temporalSchema.extend(loggingSchema.shape).extend({
  MOORING_CODEC_TOKENS: codecTokens.optional(),
  MOORING_CODEC_ORIGINS: origins.default([]),
  MOORING_OPS_NAMES: hostNames.default([]),
});

/** What every part that calls the API with the backend's own key reads. */
const composioSchema = z.object({
  COMPOSIO_API_KEY: z.string().min(1),
  COMPOSIO_BASE_URL: url.optional(),
});

const workerSchema = servingSchema.extend(composioSchema.shape).extend({
  MOORING_PUBLIC_URL: publicUrl.optional(),
  MOORING_RETURN_ORIGINS: origins.default([]),
  MOORING_TOKEN_KEYS: keyRing.optional(),
  MOORING_OPS_HOST: z.string().default('127.0.0.1'),
  MOORING_OPS_PORT: port.default(9464),
  MOORING_EVENT_ENDPOINTS: textSchema(parseEventEndpoints).default([]),
  MOORING_ENTITLEMENT_URL: url.optional(),
  MOORING_ENTITLEMENT_SECRETS: signingSecrets.optional(),
  MOORING_ENTITLEMENT_ALLOW_PRIVATE: flag.default(false),
  MOORING_WORKFLOW_BUNDLE: z.string().optional(),
  MOORING_ACCESS_LOSSES_PER_HOUR: z.coerce.number().int().min(0).default(20),
});

const gatewaySchema = servingSchema.extend({
  MOORING_PUBLIC_URL: publicUrl.optional(),
  MOORING_TOKEN_KEYS: keyRing,
  MOORING_RETURN_ORIGINS: origins.default([]),
  MOORING_WEBHOOK_SECRETS: webhookSecrets.optional(),
  MOORING_COMPOSIO_PROJECT_ID: z.string().max(200).optional(),
  MOORING_BILLING_SECRETS: signingSecrets.optional(),
  // The workers call the hook. The gateway only requires that one is set, because a billing webhook
  // alone changes nothing.
  MOORING_ENTITLEMENT_URL: url.optional(),
  MOORING_GATEWAY_HOST: z.string().default('127.0.0.1'),
  MOORING_GATEWAY_PORT: port.default(8088),
  MOORING_OPS_HOST: z.string().default('127.0.0.1'),
  MOORING_OPS_PORT: port.default(9465),
});

/** The variables of each part. Each can also be a file, by `…_FILE`. */
export const variablesByPart = {
  backend: temporalSchema.shape,
  'mooring/accounts': composioSchema.shape,
  worker: workerSchema.shape,
  gateway: gatewaySchema.shape,
} as const;

/** All variables that a worker or a gateway reads. */
export const variableNames: readonly string[] = [
  ...new Set([...Object.keys(workerSchema.shape), ...Object.keys(gatewaySchema.shape)]),
];

export type WorkerConfig = z.output<typeof workerSchema>;
export type GatewayConfig = z.output<typeof gatewaySchema>;

/** What a backend's client needs. */
export function readTemporalConfig(
  environment: MooringEnvironment,
): z.output<typeof temporalSchema> {
  return readVariables(temporalSchema, environment);
}

/** The settings of a client as its variables hold them. Its errors name the variable. */
export function readClientSettings(environment: MooringEnvironment) {
  const { MOORING_ALLOW_PLAINTEXT: allowPlaintext } = readTemporalConfig(environment);
  const texts = readTexts(temporalSchema, environment);
  return {
    taskQueue: texts.MOORING_TASK_QUEUE,
    encryptionKeys: texts.MOORING_ENCRYPTION_KEYS,
    credentialKeys: texts.MOORING_CREDENTIAL_KEYS,
    idKey: texts.MOORING_ID_KEY,
    allowPlaintext,
  };
}

/** What `mooring/accounts` needs in addition. */
export function readComposioConfig(
  environment: MooringEnvironment,
): z.output<typeof composioSchema> {
  return readVariables(composioSchema, environment);
}

export function readWorkerConfig(environment: MooringEnvironment): WorkerConfig {
  const config = readVariables(workerSchema, environment);
  if (config.MOORING_PUBLIC_URL !== undefined && config.MOORING_TOKEN_KEYS === undefined) {
    throw invalidInputError(
      'MOORING_TOKEN_KEYS: is needed with MOORING_PUBLIC_URL; create one with `mooring keygen`',
    );
  }
  requireEntitlement(config);
  requireCodecKeys(config);
  return config;
}

export function readGatewayConfig(environment: MooringEnvironment): GatewayConfig {
  const config = readVariables(gatewaySchema, environment);
  if (
    config.MOORING_BILLING_SECRETS !== undefined &&
    config.MOORING_ENTITLEMENT_URL === undefined
  ) {
    throw invalidInputError(
      'MOORING_ENTITLEMENT_URL: is needed with MOORING_BILLING_SECRETS; set the URL of the workers',
    );
  }
  requireCodecKeys(config);
  return config;
}

function requireEntitlement(config: WorkerConfig): void {
  const { MOORING_ENTITLEMENT_URL: hook, MOORING_ENTITLEMENT_SECRETS: secrets } = config;
  if (hook === undefined && secrets !== undefined) {
    throw invalidInputError('MOORING_ENTITLEMENT_URL: is needed with MOORING_ENTITLEMENT_SECRETS');
  }
  if (hook === undefined) return;
  if (secrets === undefined) {
    throw invalidInputError('MOORING_ENTITLEMENT_SECRETS: is needed with MOORING_ENTITLEMENT_URL');
  }
  if (/^http:/i.test(hook) && !config.MOORING_ENTITLEMENT_ALLOW_PRIVATE) {
    throw invalidInputError(
      'MOORING_ENTITLEMENT_URL: is plain http, which needs MOORING_ENTITLEMENT_ALLOW_PRIVATE=1',
    );
  }
}

function requireCodecKeys(config: z.output<typeof servingSchema>): void {
  if (config.MOORING_CODEC_TOKENS === undefined) {
    if (config.MOORING_CODEC_ORIGINS.length === 0) return;
    throw invalidInputError('MOORING_CODEC_TOKENS: is needed with MOORING_CODEC_ORIGINS');
  }
  if (config.MOORING_ENCRYPTION_KEYS === undefined) {
    throw invalidInputError('MOORING_ENCRYPTION_KEYS: is needed with MOORING_CODEC_TOKENS');
  }
}

/**
 * Reads only the variables that the schema names. `X_FILE` names a file that holds X, as containers
 * do with secrets.
 */
function readTexts<T extends z.ZodObject>(schema: T, environment: MooringEnvironment) {
  const values: { [Name in keyof z.output<T>]?: string } = {};
  for (const name of Object.keys(schema.shape)) {
    const file = environment[`${name}_FILE`];
    const value = file ? readSecret(name, file) : environment[name];
    if (value !== undefined && value !== '') values[name as keyof z.output<T>] = value;
  }
  return values;
}

function readVariables<T extends z.ZodObject>(
  schema: T,
  environment: MooringEnvironment,
): z.output<T> {
  const values: MooringEnvironment = readTexts(schema, environment);
  const result = schema.safeParse(values, { error: inputMessage });
  if (result.success) return result.data;
  // The message of an issue never contains the value, which may be a secret.
  throw invalidInputError(
    result.error.issues
      .map((issue) => {
        const [name = ''] = issue.path.map(String);
        return `${name}: ${values[name] === undefined ? 'is not set' : issue.message}`;
      })
      .join('; '),
  );
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw invalidInputError(`${name}_FILE: cannot be read (${code ?? 'unknown error'})`);
  }
}

function invalidInputError(message: string): MooringError {
  return new MooringError('ERR_INVALID_INPUT', message);
}
