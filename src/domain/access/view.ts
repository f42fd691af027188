import type { AccessView } from './access.ts';
import { proofsOf } from './offboard.ts';
import { type AccessState, toIso, phaseOf, cappedList, untilOf } from './state.ts';

/** The view of a user's access, small enough for frequent queries. */
export function viewOf(state: AccessState): AccessView {
  const { userId, offboarding, lapse, blocked, resuming, adjusted, held, progress, receipt } =
    state;
  const origin = offboarding ?? blocked ?? lapse ?? resuming;
  const until = untilOf(state);
  const ended = progress ? proofsOf(progress).length : 0;
  const left = progress ? [progress.todo, progress.left, progress.busy].flat().length : 0;
  return {
    userId,
    phase: phaseOf(state),
    since: toIso(origin?.since ?? state.since),
    until: until === null ? null : toIso(until),
    actor: origin?.actor ?? null,
    reason: origin?.reason ?? null,
    adjusted,
    held,
    paused: state.paused.length,
    summary: state.summary,
    offboarding: offboarding && {
      listed: ended + left,
      ended,
      unreadable: cappedList([], progress?.unreadable ?? []),
    },
    receipt: receipt && {
      ...receipt,
      accounts: cappedList([], receipt.accounts),
      kept: cappedList([], receipt.kept),
      mentions: cappedList([], receipt.mentions),
    },
  };
}
