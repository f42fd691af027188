import { activityInfo } from '@temporalio/activity';
import { unsealCredentials } from '../../crypto/sealed-credentials.ts';
import type { AuthScheme } from '../../domain/auth-schemes.ts';
import type { ConnectUserRequest } from '../../domain/connect/connect.ts';
import { MooringError } from '../../domain/errors.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { connectWorkflowId, visibleUserId } from '../../domain/hashed-ids.ts';
import { type AttemptRun, connectionId, markerAlias } from '../../domain/ids.ts';
import { connectionDataSchema, isAllowedReturnUrl, parseInput } from '../../domain/schemas.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import type { CallbackUrls } from '../../crypto/url-tokens.ts';
import { type ConnectTimings, gatewayTimings, pollTimings } from '../../domain/timings.ts';
import { requireOwnRun } from '../shared/guards.ts';
import { defined } from '../../domain/defined.ts';

/** The part of the worker's configuration that an attempt needs. */
export interface AttemptConfig {
  /** MOORING_ID_KEY. */
  idKey?: string | undefined;
  /** Origins to which the gateway may send a browser. */
  returnOrigins: readonly string[];
  /** Absent if there is no gateway. */
  callbackUrl?: CallbackUrls | undefined;
  /** MOORING_CREDENTIAL_KEYS. Without them every credential is refused. */
  credentialKeys?: KeyRing | undefined;
  /** What workflows know of the backend's endpoints. */
  endpoints?: readonly EndpointFacts[];
}

/**
 * The identity and the timings of an attempt. A worker resolves them once, and the history keeps
 * them.
 */
export interface AttemptFacts {
  connectionId: string;
  visibleUserId: string;
  userId: string;
  authConfigId: string;
  timings: ConnectTimings;
  /**
   * The number of the try that opened it. If it is above 1, an earlier answer may have been lost.
   */
  tries: number;
  /** The endpoints to notify of the outcome. */
  endpoints?: readonly EndpointFacts[];
}

/**
 * A callback token is created before its link, so it lives as long as the longest link that we
 * accept.
 */
export const tokenLifeMs = 86_400_000;

/**
 * Checks what only a worker can check: its gateway, its allow-list and the id of the run. Returns
 * the facts of this try, the marker alias and the callback URL. The marker alias is the idempotency
 * key of this try. The callback URL is a secret for Composio only.
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

  const hasGateway = config.callbackUrl !== undefined && input.callbackUrl === undefined;
  const isBrowserNeeded = method === undefined || !('existing' in method);
  const timings = hasGateway && isBrowserNeeded ? gatewayTimings : pollTimings;
  const facts: AttemptFacts = {
    connectionId: connectionId(key),
    visibleUserId: visibleUserId(userId, config.idKey),
    userId,
    authConfigId,
    timings: { ...timings, ...input.timings },
    tries,
    ...defined({ endpoints: config.endpoints }),
  };
  const expiresAt = Date.now() + tokenLifeMs;
  const confirm = input.confirm === 'required';
  const claims = { workflowId, runId, expiresAt, returnUrl: returnUrl ?? null, confirm };
  const ours = config.callbackUrl?.(claims);
  const callbackUrl = input.callbackUrl ?? ours;
  return { facts, marker: markerAlias(run, tries), callbackUrl };
}

/**
 * The run of this activity. `originalRunId` differs from its run id only after a workflow reset.
 */
export function attemptRun(originalRunId?: string): AttemptRun {
  const { runId = '' } = activityInfo().workflowExecution ?? {};
  return { runId, originalRunId: originalRunId ?? runId };
}

/**
 * Opens the sealed credentials of the user for the one API call that sends them. Never return or
 * log them.
 */
export function unsealMethod(
  { method }: ConnectUserRequest,
  { connectionId }: AttemptFacts,
  { credentialKeys }: AttemptConfig,
): { scheme?: AuthScheme; connectionData?: Record<string, string> } {
  if (method !== undefined && 'initiate' in method) {
    const { authScheme, credentials } = method.initiate;
    const val = unsealCredentials(
      credentialKeys,
      { connectionId },
      credentials,
    ) as AuthScheme['val'];
    return { scheme: { authScheme, val } };
  }
  if (method !== undefined && 'link' in method && method.link.connectionData !== undefined) {
    const { connectionData } = method.link;
    const opened = unsealCredentials(credentialKeys, { connectionId }, connectionData);
    return {
      connectionData: parseInput(connectionDataSchema, opened, 'method.link.connectionData'),
    };
  }
  return {};
}

/**
 * Throws ERR_INVALID_INPUT if there is no gateway, or if the gateway may not send a browser to this
 * URL.
 */
export function checkReturnUrl(
  returnUrl: string,
  { callbackUrl, returnOrigins }: AttemptConfig,
): void {
  const field = 'returnUrl';
  if (callbackUrl === undefined) {
    const message = `${field}: needs a gateway; set MOORING_PUBLIC_URL on the worker, or pass callbackUrl`;
    throw new MooringError('ERR_INVALID_INPUT', message, { field });
  }
  if (!isAllowedReturnUrl(returnUrl, returnOrigins)) {
    const allowed = returnOrigins.join(', ') || 'none';
    const message = `${field}: its origin is not in MOORING_RETURN_ORIGINS, which allows ${allowed}`;
    throw new MooringError('ERR_INVALID_INPUT', message, { field });
  }
}
