import type { ConnectedAccountCreateResponse } from '@composio/client/resources/connected-accounts.mjs';
import { z } from 'zod';
import { type AuthSchemeName, authSchemes } from '../../src/domain/auth-schemes.ts';
import { type AuthConfig, redirects } from '../auth-configs.ts';
import { credentialFields, label, missing, type Values, wrongCredential } from '../fields.ts';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import { redirectUrlOf } from '../exchange.ts';
import { parseBody } from './body.ts';
import { credentialsRejected, missingFields, retired, unprocessable } from './errors.ts';
import {
  authConfigOf,
  checkNewAccount,
  experimentalOf,
  experimentalSchema,
} from './new-account.ts';
import { connectionState } from './connection-state.ts';

const schemeNames = Object.keys(authSchemes) as [AuthSchemeName, ...AuthSchemeName[]];

const bodySchema = z.object({
  auth_config: z.object({ id: z.string().min(1) }),
  connection: z.object({
    user_id: z.string().optional(),
    alias: z.string().optional(),
    callback_url: z.string().optional(),
    /** Deprecated names of `callback_url` and `state.val`. */
    redirect_uri: z.string().optional(),
    data: z.record(z.string(), z.unknown()).optional(),
    state: z
      .object({
        authScheme: z.enum(schemeNames),
        val: z.looseObject({ status: z.enum(['INITIALIZING', 'ACTIVE']) }),
      })
      .optional(),
    experimental: experimentalSchema,
  }),
});
type Connection = z.infer<typeof bodySchema>['connection'];

/** Makes an account from given credentials, or one whose user still has to go to the provider. */
export async function createAccount(
  state: State,
  input: unknown,
  cause: Cause,
): Promise<ConnectedAccountCreateResponse> {
  const { auth_config, connection } = parseBody(bodySchema, input);
  const authConfig = authConfigOf(state, auth_config.id);
  if (authConfig.managed && redirects(authConfig)) throw retired();
  const { values, complete } = valuesOf(state, authConfig, connection);

  const { accounts, settings, clock, secrets, links } = state;
  const account = accounts.create(
    {
      ...checkNewAccount(state, {
        authConfig,
        userId: connection.user_id || 'default',
        alias: connection.alias,
        experimental: connection.experimental,
      }),
      values,
      status: complete ? 'ACTIVE' : 'INITIATED',
      statusReason: null,
      expiresAt: clock.now() + settings.linkLifeMs,
    },
    'create',
    cause,
  );
  let redirectUrl: string | null = null;
  if (!complete) {
    const token = secrets.make('sh_');
    const callbackUrl = connection.callback_url ?? connection.redirect_uri ?? null;
    const link = links.add({ token, flow: 'create', account, callbackUrl });
    redirectUrl = await redirectUrlOf(state, link);
  }
  return {
    id: account.id,
    connectionData: connectionState(account, settings, redirectUrl ?? undefined),
    status: account.status,
    redirect_url: redirectUrl,
    redirect_uri: redirectUrl,
    experimental: experimentalOf(account),
  };
}

/**
 * The account's values, checked as the toolkit and the provider would; `complete`: no field is
 * missing.
 */
function valuesOf(
  { settings }: State,
  authConfig: AuthConfig,
  connection: Connection,
): { values: Values; complete: boolean } {
  const { scheme, required } = authConfig;
  // The SDK's `authorize` sends no state.
  const { authScheme, val } = connection.state ?? {
    authScheme: scheme,
    val: { ...connection.data, status: 'INITIALIZING' },
  };
  if (authScheme !== scheme) {
    throw unprocessable(`This auth config is of the scheme ${scheme}, not ${authScheme}`);
  }
  const { status, ...values } = val;
  const lacking = missing(required, values);
  const credentials = missing(credentialFields(scheme, values), values);
  const complete = credentials.length === 0;
  if (!complete && (status === 'ACTIVE' || !redirects(authConfig))) lacking.push(...credentials);
  if (lacking.length > 0) throw missingFields(lacking.map(label));
  if (!redirects(authConfig)) requireTaken(values, settings.echoCredentials);
  return { values, complete };
}

function requireTaken(values: Values, echo: boolean): void {
  const wrong = wrongCredential(values);
  if (wrong === undefined) return;
  throw credentialsRejected(
    `The provider rejected the credentials${echo ? `: "${wrong}" is not valid` : ''}`,
  );
}
