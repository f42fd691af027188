import { type AccessState, type Look, phaseOf, some } from './state.ts';
import { isPending } from '../connect/judge-reading.ts';
import type { GiveBackReport, ListedAccount, PauseReport } from './batches.ts';

/**
 * Takes a page of the listing that a pause is at. In the first pass everything ACTIVE is written down to be
 * disabled. Later, what is ACTIVE was enabled by hand (left alone, and reported), or was connected before and
 * has become so (the same), or is new: disabled, and owed back too.
 */
export function pageLooked(
  state: AccessState,
  { accounts, next }: { accounts: readonly ListedAccount[]; next: string | null },
  now: number,
): AccessState {
  const { look, timings } = state;
  if (look === null || !look.isListing) return state;
  const isFirst = look.passes === 0;
  const active = new Set(accounts.filter(isActive).map(({ id }) => id));
  // The caller who had disabled it has enabled it again, so a pause that follows is ours.
  const known = { ...state, disowned: state.disowned.filter((id) => !active.has(id)) };
  const taken = isFirst ? disableAll(known, look, accounts) : disableNew(known, look, accounts);
  if (next !== null) return { ...taken, look: { ...taken.look, cursor: next } };
  const nextAt = now + (isFirst ? timings.lookFirstMs : timings.lookMs);
  const passes = look.passes + 1;
  return { ...taken, look: { ...taken.look, passes, cursor: null, isListing: false, nextAt } };
}

type Taken = AccessState & { look: Look };

function disableAll(state: AccessState, look: Look, rows: readonly ListedAccount[]): Taken {
  const active = rows.filter(isActive);
  // One that somebody is still connecting is new when it becomes ACTIVE.
  const settled = rows.filter(({ statusBefore }) => !isPending(statusBefore));
  const others = without(settled, [...active, ...state.paused]).map(({ id }) => id);
  return {
    ...state,
    // Who is ACTIVE now is no longer disabled by us: it becomes so again, or not.
    paused: without(state.paused, active),
    toPause: [...without(state.toPause, active), ...active],
    look: { ...look, leave: [...look.leave, ...others] },
  };
}

function disableNew(state: AccessState, look: Look, rows: readonly ListedAccount[]): Taken {
  const owed = new Set(state.paused.map(({ id }) => id));
  const leave = new Set(look.leave);
  const active = rows.filter(isActive);
  const enabled = active.filter(({ id }) => owed.has(id));
  const byHand = enabled.map(({ id }) => id);
  const stray = active.map(({ id }) => id).filter((id) => leave.has(id));
  const { enabledByHand, leftActive } = state.summary;
  const known = new Set([...enabledByHand, ...leftActive]);
  const fresh = without(active, enabled).filter(({ id }) => !leave.has(id));
  return {
    ...state,
    paused: without(state.paused, enabled),
    toPause: [...state.toPause, ...without(fresh, state.toPause)],
    look: { ...look, leave: [...look.leave, ...byHand] },
    summary: {
      ...state.summary,
      enabledByHand: some(enabledByHand, byHand),
      leftActive: some(
        leftActive,
        stray.filter((id) => !known.has(id)),
      ),
    },
  };
}

/** Owed back is what was disabled by us, and nothing that another hand was at. */
export function paused(
  state: AccessState,
  accounts: readonly ListedAccount[],
  report: PauseReport,
): AccessState {
  // What may or may not be disabled is owed all the same: giving back reads first.
  const done = new Set([...report.paused, ...report.uncertain]);
  const { summary, disowned } = state;
  // But not an account that a caller has disabled since the listing, also if the user has renewed meanwhile.
  const ours = accounts.filter(({ id }) => done.has(id) && !disowned.includes(id));
  return {
    ...state,
    // Of the others one may be owed by an undo since it was listed.
    paused: [...without(state.paused, ours), ...ours],
    toPause: without(state.toPause, accounts),
    summary: { ...summary, paused: summary.paused + done.size },
  };
}

/** Was disabled by an end that was undone while the gate was closed: owed like what was disabled here. */
export function owed(state: AccessState, account: ListedAccount): AccessState {
  if (['offboarding', 'blocked'].includes(phaseOf(state))) return state;
  return {
    ...state,
    paused: [...without(state.paused, [account]), account],
    summary: { ...state.summary, paused: state.summary.paused + 1 },
    version: state.version + 1,
  };
}

/** Somebody wants it disabled, whatever comes of the pause: owed no more, and his to enable. */
export function disowned(state: AccessState, id: string): AccessState {
  const { look, paused: disabled } = state;
  return {
    ...state,
    paused: disabled.filter((row) => row.id !== id),
    look: look && { ...look, leave: [...look.leave, id] },
    disowned: [...state.disowned, id],
    version: state.version + 1,
  };
}

export function givenBack(
  state: AccessState,
  accounts: readonly ListedAccount[],
  { given, enabledByHand, dead, gone, uncertain }: GiveBackReport,
): AccessState {
  const { summary } = state;
  return {
    ...state,
    paused: without(state.paused, accounts),
    summary: {
      ...summary,
      given: summary.given + given.length,
      enabledByHand: some(summary.enabledByHand, enabledByHand),
      dead: some(summary.dead, dead),
      gone: some(summary.gone, gone),
      uncertain: some(summary.uncertain, uncertain),
    },
  };
}

function isActive({ statusBefore }: ListedAccount): boolean {
  return statusBefore === 'ACTIVE';
}

function without(rows: readonly ListedAccount[], others: readonly ListedAccount[]) {
  const ids = new Set(others.map(({ id }) => id));
  return rows.filter(({ id }) => !ids.has(id));
}
