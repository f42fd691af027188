import { type CheckName, checkNames, type Evidence, type Violation } from '../evidence.ts';
import { checkAccounts } from './accounts.ts';
import { checkBystander } from './bystander.ts';
import { checkEvents } from './events.ts';
import { type Check, type Facts, factsOf } from './facts.ts';
import { checkLeftovers } from './leftovers.ts';
import { checkOutcomes } from './outcomes.ts';
import { checkRefusals } from './refusals.ts';
import { checkReplays } from './replays.ts';
import { checkRestored } from './restored.ts';
import { checkSecrets } from './secrets.ts';
import { checkStuck } from './stuck.ts';
import { checkWhole } from './whole.ts';

const checks: Record<CheckName, Check> = {
  whole: checkWhole,
  outcomes: checkOutcomes,
  accounts: checkAccounts,
  leftovers: checkLeftovers,
  restored: checkRestored,
  events: checkEvents,
  refusals: checkRefusals,
  stuck: checkStuck,
  replays: checkReplays,
  secrets: checkSecrets,
  bystander: checkBystander,
};

/**
 * Judges one world by what is visible from outside. It reports only what the log proves: a false
 * alarm costs more than a bug that the next seed finds. Without a finding, every promise was kept.
 */
export function audit(evidence: Evidence): Violation[] {
  const facts = factsOf(evidence);
  return checkNames.flatMap((check) =>
    checks[check](facts).map(({ userId, story, what }) => ({
      check,
      story: story ?? storyOf(facts, userId),
      userId,
      what,
    })),
  );
}

/** The story of a user. Sweeps run beside the story, and may send requests for the same user. */
function storyOf(facts: Facts, userId: string | null): string | null {
  if (userId === null) return null;
  const calls = facts.calls(userId);
  return (calls.find(({ story }) => story !== 'sweeps') ?? calls[0])?.story ?? null;
}
