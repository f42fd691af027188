import type { Settings } from '../settings.ts';

/** The only answer without the envelope (§1.12). */
export function rateLimitBody({ requestsPerMinute, windowMs }: Settings): { message: string } {
  const per = windowMs < 60_000 ? `${windowMs / 1_000} seconds` : `${windowMs / 60_000} minutes`;
  return { message: `Rate limit exceeded. Limit: ${requestsPerMinute} requests per ${per}` };
}
