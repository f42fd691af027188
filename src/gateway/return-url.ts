import type { Reason } from '../domain/connect/connect.ts';
import { isAllowedReturnUrl } from '../domain/schemas.ts';
import type { CallbackResult } from './pages/texts.ts';

/** How the attempt stands, as far as the app's page is told. A hint there too: the truth is `outcome`. */
export interface PageStatus {
  status: Exclude<CallbackResult, 'unavailable' | 'invalid'>;
  reason: Reason | null;
  connectionId: string | null;
  /** With which the app confirms who has come back: it stands in this one redirect and nowhere else. */
  code?: string;
}

const ours = ['mooring_status', 'mooring_connection', 'mooring_reason', 'mooring_code'];

/**
 * The app's page with our parameters, or null when there is none or its origin is not allowed. The
 * worker has checked it before it minted the token; the allow-list may have shrunk since.
 */
export function homeUrl(
  returnUrl: string | null,
  origins: readonly string[],
  { status, reason, connectionId, code }: PageStatus,
): string | null {
  if (returnUrl === null || !isAllowedReturnUrl(returnUrl, origins)) return null;
  const url = new URL(returnUrl);
  const told = new URLSearchParams({ mooring_status: status });
  if (connectionId !== null) told.set('mooring_connection', connectionId);
  if (reason !== null) told.set('mooring_reason', reason);
  if (code !== undefined) told.set('mooring_code', code);
  // The app's own parameters stay as they are spelled: `searchParams` would write each of them anew.
  const kept = url.search.slice(1).split('&').filter(isTheirs);
  url.search = [...kept, told].join('&');
  return url.href;
}

function isTheirs(parameter: string): boolean {
  const [name] = new URLSearchParams(parameter).keys();
  return name !== undefined && !ours.includes(name);
}
