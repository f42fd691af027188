import { activityInfo } from '@temporalio/activity';
import { openCredentials } from '../../crypto/sealed-credentials.ts';
import type { AuthScheme } from '../../domain/auth-schemes.ts';
import type { ConnectUserRequest } from '../../domain/connect/connect.ts';
import { MooringError } from '../../domain/errors.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { connectWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import { type AttemptRun, connectionId, markerAlias } from '../../domain/ids.ts';
import { connectionDataSchema, isAllowedReturnUrl, parse } from '../../domain/schemas.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import type { CallbackUrls } from '../../crypto/url-tokens.ts';
import { type ConnectTimings, gatewayTimings, lookingTimings } from '../../domain/timings.ts';
import { requireOwnRun } from '../shared/own-run.ts';

/** What of its worker's configuration an attempt depends on. */
export interface AttemptConfig {
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
  /** Origins to which the gateway may send a browser. */
  returnOrigins: readonly string[];
  /** Absent when there is no gateway. */
  callbackUrl?: CallbackUrls | undefined;
  /** MOORING_CREDENTIAL_KEYS; without them every credential is refused. */
  credentialKeys?: KeyRing | undefined;
  /** The backend's endpoints, as far as workflows know them. */
  endpoints?: readonly EndpointFacts[];
}

/** Who an attempt is for, and its numbers: resolved once, by a worker, and then in the history for good. */
export interface AttemptFacts {
  connectionId: string;
  visibleUserId: string;
  userId: string;
  authConfigId: string;
  timings: ConnectTimings;
  /** Which try opened it: after the first one, an answer may have been lost. */
  tries: number;
  /** Who is told how it ends. */
  endpoints?: readonly EndpointFacts[];
}

/** A callback token is minted before its link is, so it lives as long as the longest link that we honour. */
export const tokenLifeMs = 86_400_000;

/**
 * Checks what only a worker can check (its gateway, its allow-list, the id of the run) and answers the
 * facts of this try, the marker alias that is its idempotency key, and the callback URL, a secret that
 * goes to Composio and nowhere else.
 */
export function prepareAttempt(
  input: ConnectUserRequest,
  config: AttemptConfig,
  run: AttemptRun = attemptRun(),
) {
  const { attempt: tries, workflowExecution } = activityInfo();
  const { workflowId = '' } = workflowExecution ?? {};
  const { runId } = run;
  const { userId, authConfigId, returnUrl, method } = input;
  const key = { userId, authConfigId, alias: input.alias ?? null };
  requireOwnRun((id) => id === connectWorkflowId(key, config.idKey));
  if (returnUrl !== undefined) checkReturnUrl(returnUrl, config);

  const withGateway = config.callbackUrl !== undefined && input.callbackUrl === undefined;
  const waitsForBrowser = method === undefined || !('existing' in method);
  const timings = withGateway && waitsForBrowser ? gatewayTimings : lookingTimings;
  const facts: AttemptFacts = {
    connectionId: connectionId(key),
    visibleUserId: visibleUserId(userId, config.idKey),
    userId,
    authConfigId,
    timings: { ...timings, ...input.timings },
    tries,
    ...(config.endpoints && { endpoints: config.endpoints }),
  };
  const expiresAt = Date.now() + tokenLifeMs;
  const confirm = input.confirm === 'required';
  const claims = { workflowId, runId, expiresAt, returnUrl: returnUrl ?? null, confirm };
  const ours = config.callbackUrl?.(claims);
  const callbackUrl = input.callbackUrl ?? ours;
  return { facts, marker: markerAlias(run, tries), callbackUrl };
}

/** The run of this activity. `originalRunId` is another one only after a workflow reset. */
export function attemptRun(originalRunId?: string): AttemptRun {
  const { runId = '' } = activityInfo().workflowExecution ?? {};
  return { runId, originalRunId: originalRunId ?? runId };
}

/** What the user gave, opened: for the one call that posts it, and never for an answer or a log. */
export function openedMethod(
  { method }: ConnectUserRequest,
  { connectionId }: AttemptFacts,
  { credentialKeys }: AttemptConfig,
): { scheme?: AuthScheme; connectionData?: Record<string, string> } {
  if (method !== undefined && 'initiate' in method) {
    const { authScheme, credentials } = method.initiate;
    const val = openCredentials(credentialKeys, { connectionId }, credentials) as AuthScheme['val'];
    return { scheme: { authScheme, val } };
  }
  if (method !== undefined && 'link' in method && method.link.connectionData !== undefined) {
    const { connectionData } = method.link;
    const opened = openCredentials(credentialKeys, { connectionId }, connectionData);
    return { connectionData: parse(connectionDataSchema, opened, 'method.link.connectionData') };
  }
  return {};
}

/** Throws ERR_INVALID_INPUT when no gateway would send a browser there. */
export function checkReturnUrl(
  returnUrl: string,
  { callbackUrl, returnOrigins }: AttemptConfig,
): void {
  const field = 'returnUrl';
  if (callbackUrl === undefined) {
    const message = `${field}: needs a gateway; set MOORING_PUBLIC_URL on the worker, or give callbackUrl`;
    throw new MooringError('ERR_INVALID_INPUT', message, { field });
  }
  if (!isAllowedReturnUrl(returnUrl, returnOrigins)) {
    const allowed = returnOrigins.join(', ') || 'none';
    const message = `${field}: its origin is not in MOORING_RETURN_ORIGINS, which allows ${allowed}`;
    throw new MooringError('ERR_INVALID_INPUT', message, { field });
  }
}
