/**
 * Phases of `user/{userId}` in which this user gets no connection and uses none. `grace` and `held` let
 * through.
 */
const closedPhases = ['lapsed', 'cooling_off', 'offboarding', 'blocked'] as const;

export type ClosedPhase = (typeof closedPhases)[number];

/** The phase of an open `user/` run, if it closes the gate. */
export function closedPhase(phase: string | undefined): ClosedPhase | null {
  return closedPhases.find((closed) => closed === phase) ?? null;
}
