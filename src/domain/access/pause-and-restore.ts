import { type AccessState, type ListingPass, phaseOf, cappedList } from './state.ts';
import { isPending } from '../connect/judge-reading.ts';
import type { RestoreReport, ListedAccount, PauseReport } from './batches.ts';

/**
 * Applies a page of a pause's listing. In the first pass, Mooring will pause every ACTIVE account.
 * In later passes it pauses only new accounts. It reports, but leaves ACTIVE, accounts that someone
 * else enabled and older accounts that became ACTIVE.
 */
export function onPauseListed(
  state: AccessState,
  { accounts, next }: { accounts: readonly ListedAccount[]; next: string | null },
  now: number,
): AccessState {
  const { look, timings } = state;
  if (look === null || !look.isListing) return state;
  const isFirst = look.passes === 0;
  const active = new Set(accounts.filter(isActive).map(({ id }) => id));
  // The caller who disabled it has enabled it again, so a later pause by Mooring is restored.
  const known = { ...state, keptDisabled: state.keptDisabled.filter((id) => !active.has(id)) };
  const taken = isFirst
    ? withAllToPause(known, look, accounts)
    : withNewToPause(known, look, accounts);
  if (next !== null) return { ...taken, look: { ...taken.look, cursor: next } };
  const nextAt = now + (isFirst ? timings.lookFirstMs : timings.lookMs);
  const passes = look.passes + 1;
  return { ...taken, look: { ...taken.look, passes, cursor: null, isListing: false, nextAt } };
}

type ListingState = AccessState & { look: ListingPass };

function withAllToPause(
  state: AccessState,
  look: ListingPass,
  rows: readonly ListedAccount[],
): ListingState {
  const active = rows.filter(isActive);
  // An account that a user is still connecting counts as new when it becomes ACTIVE.
  const settled = rows.filter(({ statusBefore }) => !isPending(statusBefore));
  const others = withoutAccounts(settled, [...active, ...state.paused]).map(({ id }) => id);
  return {
    ...state,
    // An ACTIVE account is not paused now. The next batch may pause it again.
    paused: withoutAccounts(state.paused, active),
    toPause: [...withoutAccounts(state.toPause, active), ...active],
    look: { ...look, leave: [...look.leave, ...others] },
  };
}

function withNewToPause(
  state: AccessState,
  look: ListingPass,
  rows: readonly ListedAccount[],
): ListingState {
  const disabled = new Set(state.paused.map(({ id }) => id));
  const leave = new Set(look.leave);
  const active = rows.filter(isActive);
  const enabled = active.filter(({ id }) => disabled.has(id));
  const enabledIds = enabled.map(({ id }) => id);
  const stray = active.map(({ id }) => id).filter((id) => leave.has(id));
  const { enabledByOthers, leftActive } = state.summary;
  const known = new Set([...enabledByOthers, ...leftActive]);
  const fresh = withoutAccounts(active, enabled).filter(({ id }) => !leave.has(id));
  return {
    ...state,
    paused: withoutAccounts(state.paused, enabled),
    toPause: [...state.toPause, ...withoutAccounts(fresh, state.toPause)],
    look: { ...look, leave: [...look.leave, ...enabledIds] },
    summary: {
      ...state.summary,
      enabledByOthers: cappedList(enabledByOthers, enabledIds),
      leftActive: cappedList(
        leftActive,
        stray.filter((id) => !known.has(id)),
      ),
    },
  };
}

/** Mooring restores only accounts that it disabled itself. */
export function onPaused(
  state: AccessState,
  accounts: readonly ListedAccount[],
  report: PauseReport,
): AccessState {
  // Uncertain accounts count as paused too: a restore reads an account before it writes.
  const done = new Set([...report.paused, ...report.uncertain]);
  const { summary, keptDisabled } = state;
  // Not an account that a caller disabled since the listing, even if the user renewed meanwhile.
  const ours = accounts.filter(({ id }) => done.has(id) && !keptDisabled.includes(id));
  return {
    ...state,
    // An account of `accounts` may be in `paused` already, through an undo since the listing.
    paused: [...withoutAccounts(state.paused, ours), ...ours],
    toPause: withoutAccounts(state.toPause, accounts),
    summary: { ...summary, paused: summary.paused + done.size },
  };
}

/**
 * A disconnect disabled this account and was undone while the gate was closed. Mooring restores it
 * like the accounts that this pause disabled.
 */
export function onRestoreLater(state: AccessState, account: ListedAccount): AccessState {
  if (['offboarding', 'blocked'].includes(phaseOf(state))) return state;
  return {
    ...state,
    paused: [...withoutAccounts(state.paused, [account]), account],
    summary: { ...state.summary, paused: state.summary.paused + 1 },
    version: state.version + 1,
  };
}

/**
 * A caller wants this account disabled, so Mooring no longer restores it. Only a caller enables it.
 */
export function onKeepDisabled(state: AccessState, id: string): AccessState {
  const { look, paused } = state;
  return {
    ...state,
    paused: paused.filter((row) => row.id !== id),
    look: look && { ...look, leave: [...look.leave, id] },
    keptDisabled: [...state.keptDisabled, id],
    version: state.version + 1,
  };
}

export function onRestored(
  state: AccessState,
  accounts: readonly ListedAccount[],
  { given, enabledByOthers, dead, gone, uncertain }: RestoreReport,
): AccessState {
  const { summary } = state;
  return {
    ...state,
    paused: withoutAccounts(state.paused, accounts),
    summary: {
      ...summary,
      given: summary.given + given.length,
      enabledByOthers: cappedList(summary.enabledByOthers, enabledByOthers),
      dead: cappedList(summary.dead, dead),
      gone: cappedList(summary.gone, gone),
      uncertain: cappedList(summary.uncertain, uncertain),
    },
  };
}

function isActive({ statusBefore }: ListedAccount): boolean {
  return statusBefore === 'ACTIVE';
}

function withoutAccounts(rows: readonly ListedAccount[], others: readonly ListedAccount[]) {
  const ids = new Set(others.map(({ id }) => id));
  return rows.filter(({ id }) => !ids.has(id));
}
