/**
 * Halts a sweep that harms accounts: a refresh of an ACTIVE account may break it. The sweep
 * refreshes one account at a time until ten in a row are read ACTIVE. Then it refreshes as many in
 * parallel as the limit still allows, so even if all of them break, the harm stays within the
 * limit.
 */
export interface SweepBreaker {
  /** This many harmed accounts halt the sweep. */
  limit: number;
  /** Accounts that were ACTIVE and no longer are, or whose status could not be read. */
  hurt: readonly string[];
  /** How many accounts in a row were read ACTIVE after their refresh. */
  streak: number;
}

const defaultHarmLimit = 3;
const provenAfter = 10;

export function closedBreaker(limit = defaultHarmLimit): SweepBreaker {
  return { limit, hurt: [], streak: 0 };
}

/** Whether the sweep halts itself. Asked after each refresh, and between batches. */
export function isTripped({ hurt, limit }: SweepBreaker): boolean {
  return hurt.length >= limit;
}

/** How many refreshes may run in parallel. 0 once the breaker has tripped. */
export function inFlightLimit(breaker: SweepBreaker): number {
  const left = Math.max(0, breaker.limit - breaker.hurt.length);
  return breaker.streak >= provenAfter ? left : Math.min(1, left);
}

export function onSuccess(breaker: SweepBreaker): SweepBreaker {
  return { ...breaker, streak: breaker.streak + 1 };
}

/** After harm, the sweep refreshes one at a time again. Each account counts once. */
export function onHarm(breaker: SweepBreaker, connectedAccountId: string): SweepBreaker {
  const hurt = [...new Set([...breaker.hurt, connectedAccountId])];
  return { ...breaker, hurt, streak: 0 };
}
