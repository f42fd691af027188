import type { CheckName, Evidence, Violation } from './evidence.ts';
import { isOfCredentials, isRememberedBusy, isRememberedOutage } from './known-bugs.ts';

/** A known bug, and how a violation is recognized as it. */
export interface Expected {
  finding: string;
  check: CheckName;
  matches(violation: Violation, evidence: Evidence): boolean;
  /** Why no story can show this form each time. Without it, the scripted world must show it. */
  byChance?: string;
}

/**
 * The bugs that are known and not fixed yet. Each has a scripted story that must show it: an entry whose bug
 * is fixed makes the soak red until it is taken off this list.
 */
export const expected: readonly Expected[] = [
  {
    // A repeat with credentials meets its own attempt, and is taken for another request.
    finding: 'A3',
    check: 'refusals',
    matches: ({ what }, { calls }) => {
      const [, n] = /^call (\d+) \(connectUser\) .*ERR_CONNECT_IN_PROGRESS/.exec(what) ?? [];
      return calls.some((call) => call.n === Number(n) && isOfCredentials(call));
    },
  },
  {
    // The same, seen from the run: the server has recorded the second payload for the first one's update.
    finding: 'A3',
    check: 'replays',
    byChance: 'the server has to restart between taking the first request and storing it',
    matches: cannotReplay,
  },
  {
    finding: 'A3',
    check: 'stuck',
    byChance: 'the server has to restart between taking the first request and storing it',
    matches: cannotReplay,
  },
  {
    // An outage says "repeat", and is remembered as the answer of the request id.
    finding: 'A4',
    check: 'refusals',
    matches: ({ what }, evidence) => {
      const [, n] = /^call (\d+) .*ERR_API_UNAVAILABLE/.exec(what) ?? [];
      return isRememberedOutage(Number(n), evidence);
    },
  },
  {
    // A refusal as busy is remembered for a request id. This soak found it.
    finding: 'A11',
    check: 'refusals',
    matches: ({ what }, evidence) => {
      const [, n] = /^call (\d+) \(connectUser\) .*ERR_ACCOUNT_BUSY/.exec(what) ?? [];
      return isRememberedBusy(Number(n), evidence);
    },
  },
];

/** The entry of the known bug that this violation shows, or null. */
export function expectedAs(violation: Violation, evidence: Evidence): Expected | null {
  const { check } = violation;
  return (
    expected.find((entry) => entry.check === check && entry.matches(violation, evidence)) ?? null
  );
}

/** A run of a user who connected with credentials, whose history cannot be replayed. */
function cannotReplay({ what, userId }: Violation, { calls }: Evidence): boolean {
  const isLost = /of connect\/.*(TMPRL1100|does not replay)/.test(what);
  return isLost && calls.some((call) => call.userId === userId && isOfCredentials(call));
}
