import type { CheckName, Evidence, Violation } from './evidence.ts';

/** A known bug, and how a violation is recognized as it. */
export interface Expected {
  finding: string;
  check: CheckName;
  matches(violation: Violation, evidence: Evidence): boolean;
  /** Why no story can show this form each time. Without it, the scripted world must show it. */
  byChance?: string;
}

/**
 * The known bugs that are not fixed yet: none. Each has a scripted story that must show it. An
 * entry whose bug is fixed makes the soak red until it is deleted from this list.
 */
export const expected: readonly Expected[] = [];

/** The entry of the known bug that this violation shows, or null. */
export function expectedAs(violation: Violation, evidence: Evidence): Expected | null {
  const { check } = violation;
  return (
    expected.find((entry) => entry.check === check && entry.matches(violation, evidence)) ?? null
  );
}
