/**
 * What stops a sweep that does harm: refreshing what is ACTIVE may break it. One at a time until ten in a
 * row are read back ACTIVE, then as many at once as may still be harmed, so that even if all of those go
 * wrong together no more are harmed than the limit says.
 */
export interface Breaker {
  /** So many harmed accounts end the sweep. */
  limit: number;
  /** Accounts that were ACTIVE and are not, or of which nobody can say so. */
  hurt: readonly string[];
  /** How many in a row were read back ACTIVE. */
  streak: number;
}

const defaultHarmLimit = 3;
const provenAfter = 10;

export function closedBreaker(limit = defaultHarmLimit): Breaker {
  return { limit, hurt: [], streak: 0 };
}

export function isTripped({ hurt, limit }: Breaker): boolean {
  return hurt.length >= limit;
}

/** How many may be in flight at once; 0 once it has tripped. */
export function allowed(breaker: Breaker): number {
  const left = Math.max(0, breaker.limit - breaker.hurt.length);
  return breaker.streak >= provenAfter ? left : Math.min(1, left);
}

export function proved(breaker: Breaker): Breaker {
  return { ...breaker, streak: breaker.streak + 1 };
}

/** After harm it is one at a time again. The same account is counted once, however often it is reported. */
export function harmed(breaker: Breaker, connectedAccountId: string): Breaker {
  const hurt = [...new Set([...breaker.hurt, connectedAccountId])];
  return { ...breaker, hurt, streak: 0 };
}
