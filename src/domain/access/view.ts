import type { AccessView } from './access.ts';
import { proofsOf } from './offboard.ts';
import { type AccessState, iso, phaseOf, some, untilOf } from './state.ts';

/** What can be seen of a user's access, small enough to be looked at often. */
export function viewOf(state: AccessState): AccessView {
  const { userId, offboarding, lapse, blocked, resuming, adjusted, held, ending, receipt } = state;
  const wish = offboarding ?? blocked ?? lapse ?? resuming;
  const until = untilOf(state);
  const ended = ending ? proofsOf(ending).length : 0;
  const left = ending ? [ending.todo, ending.left, ending.busy].flat().length : 0;
  return {
    userId,
    phase: phaseOf(state),
    since: iso(wish?.since ?? state.since),
    until: until === null ? null : iso(until),
    actor: wish?.actor ?? null,
    reason: wish?.reason ?? null,
    adjusted,
    held,
    paused: state.paused.length,
    summary: state.summary,
    offboarding: offboarding && {
      listed: ended + left,
      ended,
      unreadable: some([], ending?.unreadable ?? []),
    },
    receipt: receipt && {
      ...receipt,
      accounts: some([], receipt.accounts),
      kept: some([], receipt.kept),
      mentions: some([], receipt.mentions),
    },
  };
}
