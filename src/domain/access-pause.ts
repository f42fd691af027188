import { type AccessState, type Look, some } from './access-state.ts';
import type { GiveBackReport, ListedAccount, PauseReport } from './user-access.ts';

/**
 * Takes a page of the listing that a pause is at. In the first pass everything ACTIVE is written down to be
 * disabled. Later, what is ACTIVE was enabled by hand (left alone), is new (disabled, and owed back too), or
 * has become so by itself (left alone, and reported).
 */
export function pageLooked(
  state: AccessState,
  { accounts, next }: { accounts: readonly ListedAccount[]; next: string | null },
  now: number,
): AccessState {
  const { look, timings } = state;
  if (look === null || !look.isListing) return state;
  const active = accounts.filter(({ statusBefore }) => statusBefore === 'ACTIVE');
  const isFirst = look.passes === 0;
  const after = isFirst ? disableAll(state, active) : disableNew(state, look, active);
  const newest = isFirst ? newestOf(look.newest, accounts) : look.newest;
  const known = { ...(after.look ?? look), newest };
  if (next !== null) return { ...after, look: { ...known, cursor: next } };
  const nextAt = now + (isFirst ? timings.lookFirstMs : timings.lookMs);
  const passes = look.passes + 1;
  return { ...after, look: { ...known, passes, cursor: null, isListing: false, nextAt } };
}

function disableAll(state: AccessState, active: readonly ListedAccount[]): AccessState {
  return {
    ...state,
    // Who is ACTIVE now is no longer disabled by us: it becomes so again, or not.
    paused: without(state.paused, active),
    toPause: [...without(state.toPause, active), ...active],
  };
}

function disableNew(state: AccessState, look: Look, active: readonly ListedAccount[]): AccessState {
  const owed = new Set(state.paused.map(({ id }) => id));
  const left = new Set([...look.byHand, ...state.summary.leftActive]);
  const enabled = active.filter(({ id }) => owed.has(id));
  const others = active.filter(({ id }) => !owed.has(id) && !left.has(id));
  const isNew = ({ createdAt }: ListedAccount) =>
    look.newest === null || Date.parse(createdAt) > look.newest;
  const known = without(others, state.toPause);
  const byHand = enabled.map(({ id }) => id);
  const stray = known.filter((row) => !isNew(row)).map(({ id }) => id);
  return {
    ...state,
    paused: without(state.paused, enabled),
    toPause: [...state.toPause, ...known.filter(isNew)],
    look: { ...look, byHand: [...look.byHand, ...byHand] },
    summary: {
      ...state.summary,
      enabledByHand: some(state.summary.enabledByHand, byHand),
      leftActive: some(state.summary.leftActive, stray),
    },
  };
}

/** Owed back is what was disabled by us, and nothing that another hand was at. */
export function paused(
  state: AccessState,
  accounts: readonly ListedAccount[],
  report: PauseReport,
): AccessState {
  const done = new Set(report.paused);
  const { summary } = state;
  return {
    ...state,
    paused: [...without(state.paused, accounts), ...accounts.filter(({ id }) => done.has(id))],
    toPause: without(state.toPause, accounts),
    summary: { ...summary, paused: summary.paused + done.size },
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

function newestOf(known: number | null, accounts: readonly ListedAccount[]): number | null {
  const times = accounts.map(({ createdAt }) => Date.parse(createdAt));
  return times.reduce<number | null>((newest, at) => Math.max(newest ?? at, at), known);
}

function without(rows: readonly ListedAccount[], others: readonly ListedAccount[]) {
  const ids = new Set(others.map(({ id }) => id));
  return rows.filter(({ id }) => !ids.has(id));
}
