/**
 * The phases of `user/{userId}` that close the gate: the user can neither connect nor use accounts.
 * `grace` and `held` keep it open.
 */
const closedPhases = ['lapsed', 'cooling_off', 'offboarding', 'blocked'] as const;

export type ClosedPhase = (typeof closedPhases)[number];

/** The phase of an open `user/` run, if it closes the gate. */
export function closedPhase(phase: string | undefined): ClosedPhase | null {
  return closedPhases.find((closed) => closed === phase) ?? null;
}
