/** The one answer without the envelope (§1.12). */
export function rateLimitBody(limit: number): { message: string } {
  return { message: `Rate limit exceeded. Limit: ${limit} requests per 1 minutes` };
}
