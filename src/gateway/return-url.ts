import type { ConnectReason } from '../domain/connect/connect.ts';
import { isAllowedReturnUrl } from '../domain/schemas.ts';
import type { CallbackResult } from './pages/texts.ts';

/**
 * The status of the attempt in the redirect to the app. Only a hint: `outcome` is authoritative.
 */
export interface PageStatus {
  status: Exclude<CallbackResult, 'unavailable' | 'invalid'>;
  reason: ConnectReason | null;
  connectionId: string | null;
  /** The app sends this code to `confirm`. It is in this one redirect and nowhere else. */
  code?: string;
}

const ourParameters = ['mooring_status', 'mooring_connection', 'mooring_reason', 'mooring_code'];

/**
 * The app's page with Mooring's parameters, or null when there is none or its origin is not
 * allowed. The worker checked the origin before it made the token, but the allow-list may have
 * changed since then.
 */
export function homeUrl(
  returnUrl: string | null,
  origins: readonly string[],
  { status, reason, connectionId, code }: PageStatus,
): string | null {
  if (returnUrl === null || !isAllowedReturnUrl(returnUrl, origins)) return null;
  const url = new URL(returnUrl);
  const parameters = new URLSearchParams({ mooring_status: status });
  if (connectionId !== null) parameters.set('mooring_connection', connectionId);
  if (reason !== null) parameters.set('mooring_reason', reason);
  if (code !== undefined) parameters.set('mooring_code', code);
  // The app's own parameters keep their spelling; `searchParams` would encode each of them again.
  const kept = url.search.slice(1).split('&').filter(isAppParameter);
  url.search = [...kept, parameters].join('&');
  return url.href;
}

function isAppParameter(parameter: string): boolean {
  const [name] = new URLSearchParams(parameter).keys();
  return name !== undefined && !ourParameters.includes(name);
}
