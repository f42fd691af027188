import type { Call } from './evidence.ts';

/** The token of a callback or of a reconnect link, or null. */
function tokenOf(url: URL): string | null {
  const [, token = null] = /^\/(?:callback|reconnect)\/([^/]+)/.exec(url.pathname) ?? [];
  return token;
}

/**
 * What a browser carries on its way back: the token of its callback, and the code for the backend.
 */
export function secretsOnTheWay(callback: URL, home: URL | null): string[] {
  return [tokenOf(callback), home?.searchParams.get('mooring_code') ?? null].filter(
    (secret) => secret !== null,
  );
}

/** The tokens of the reconnect links that callers got. */
export function tokensGiven(calls: readonly Call[]): string[] {
  return calls.flatMap(({ operation, value }) => {
    if (operation !== 'reconnectLink' || value === null) return [];
    const token = tokenOf(new URL((value as { url: string }).url));
    return token === null ? [] : [token];
  });
}
