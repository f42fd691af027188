import type { AccountSnapshot, AccountStatus } from '../account.ts';
import { type AuthSchemeName, authSchemes } from '../auth-schemes.ts';
import type { AccountFilter } from '../account-filter.ts';
import type { SweepBreaker } from './breaker.ts';
import { decideRefresh, healOutcomes, type HealReason } from '../refresh/decide-refresh.ts';

/**
 * - `heal`: lists the EXPIRED accounts, a hundred per page, and refreshes them.
 * - `probe`: lists all accounts and reports. It changes nothing.
 * - `proactive`: as `heal`, and also refreshes ACTIVE accounts that have not changed for
 *   `refreshAfter`. That may break them: if Composio restarts the authorization, the user must
 *   consent again.
 */
export const sweepModes = ['heal', 'probe', 'proactive'] as const;
export type SweepMode = (typeof sweepModes)[number];

/**
 * The input of a sweep. The client checks it before anything starts; the worker checks it again.
 */
export interface SweepInput {
  /** Only one run per name is open at a time. */
  name: string;
  /** Default: `heal`. */
  mode?: SweepMode;
  /** Default: all accounts of the project. Only mode `probe` accepts `statuses`. */
  filter?: AccountFilter;
  /**
   * Only for `proactive`, and required there: by toolkit, the milliseconds without a change until
   * an ACTIVE account is refreshed. ACTIVE accounts of other toolkits are not refreshed.
   */
  refreshAfter?: Record<string, number>;
  /** Only for `proactive`: this many harmed accounts halt the sweep. Default: 3. */
  harmLimit?: number;
  sizes?: Partial<SweepSizes>;
}

/** The sizes of a sweep's pages, batches and runs. */
export interface SweepSizes {
  /** A listing ends after this many pages, or after `rows` accounts to act on. */
  pages: number;
  rows: number;
  /** Accounts per batch. */
  batch: number;
  /** Rows per page of the list. */
  pageRows: number;
  /**
   * After this many listings a new run continues the sweep, unless the server requested it earlier.
   */
  listings: number;
}

export const defaultSizes: SweepSizes = {
  // Half a minute of the smallest plan's bulk share. A listing of a killed worker repeats no more.
  pages: 50,
  rows: 500,
  batch: 250,
  pageRows: 100,
  // A listing takes 20 kB or more of encrypted rows. The server requests a new run at 4 MiB.
  listings: 200,
};

/** An account that the sweep will act on. It is in the history before the sweep changes it. */
export interface SweepRow {
  id: string;
  userId: string;
  authConfigId: string;
  toolkit: string;
  statusBefore: AccountStatus;
  /** Composio's own text. It identifies accounts that failed in the same way. */
  statusReason: string | null;
}

/**
 * The outcomes of a refresh, and:
 *
 * - `already_notified`: the user was notified before and has not acted yet.
 * - `failed`: the API answered for other accounts, but never for this one.
 * - `untouched`: the sweep halted before it reached the account.
 * - `unreadable`: the row breaks the API's contract.
 * - `owner_unknown`: neither the API nor a Mooring run knows the owner, so the sweep skips it.
 */
export const sweepOutcomes = [
  ...healOutcomes,
  'already_notified',
  'failed',
  'untouched',
  'unreadable',
  'owner_unknown',
] as const;
export type SweepOutcome = (typeof sweepOutcomes)[number];

/** An account that an operator may have to check. */
export interface SweepFailure {
  connectedAccountId: string;
  toolkit: string;
  outcome: SweepOutcome;
  reason: HealReason | null;
}

/** A toolkit whose sick accounts mostly failed in the same way. Its users may not be the cause. */
export interface SweepSuspect {
  toolkit: string;
  sick: number;
  /** How many of the sick accounts failed in this way. */
  alike: number;
  outcome: SweepOutcome;
  /** Why Mooring could do nothing, or Composio’s own text for why the grants died. */
  reason: string | null;
}

export interface SweepCounts {
  /** Rows of the list. A row that moved between pages is counted once if Mooring detects it. */
  seen: number;
  pages: number;
  /** The number of seen rows by status. */
  statuses: Partial<Record<AccountStatus, number>>;
  /** The number of sick or due accounts by outcome. */
  outcomes: Partial<Record<SweepOutcome, number>>;
  reasons: Partial<Record<HealReason, number>>;
  /** The first fifty failures. */
  failures: readonly SweepFailure[];
  /**
   * The greatest number of rows that the sweep may have missed, because others left the list or
   * moved in it while Mooring read it. The next run finds them.
   */
  maybeMissed: number;
}

/** How a run ended. `halted`: it harmed accounts and stopped. Only an operator can resume it. */
export type SweepEnd = 'finished' | 'halted' | 'canceled';

export interface SweepReport extends SweepCounts {
  name: string;
  mode: SweepMode;
  ended: SweepEnd;
  /** Accounts that were ACTIVE and no longer are, or whose status could not be read. */
  hurt: readonly string[];
  suspects: readonly SweepSuspect[];
  startedAt: string;
}

/** The answer of a sweep's `view` query. */
export interface SweepView extends SweepCounts {
  name: string;
  mode: SweepMode;
  phase: 'sweeping' | 'settled';
  /** Accounts found so far that are sick or due. `outcomes` counts those that are settled. */
  found: number;
  /** The number of rows in the whole list, as the API last returned it. Null if it is not known. */
  total: number | null;
  /** Null if this mode changes no ACTIVE account. */
  breaker: SweepBreaker | null;
  suspects: readonly SweepSuspect[];
  startedAt: string;
  ended: SweepEnd | null;
}

/** The statuses that a sweep lists. The API filters by them. */
export function statusesOf(mode: SweepMode): AccountFilter['statuses'] {
  if (mode === 'probe') return undefined;
  return mode === 'heal' ? ['EXPIRED'] : ['EXPIRED', 'ACTIVE'];
}

/**
 * Whether the sweep must act on a row, or its outcome without an action. Null if the row is healthy
 * or not the concern of this mode.
 */
export function triageRow(
  row: AccountSnapshot,
  { mode = 'heal', refreshAfter = {} }: Pick<SweepInput, 'mode' | 'refreshAfter'>,
  now: number,
): 'act' | { outcome: SweepOutcome; reason: HealReason | null } | null {
  if (mode === 'probe') return null;
  if (row.status === 'EXPIRED') {
    const decision = decideRefresh(row, { mode });
    return decision === 'refresh' ? 'act' : decision;
  }
  if (mode !== 'proactive' || row.status !== 'ACTIVE') return null;
  const after = refreshAfter[row.toolkit.toLowerCase()];
  // Only grants of a provider can be renewed. Accounts without a scheme or a time are skipped.
  const isOAuth = authSchemes[row.authScheme as AuthSchemeName]?.redirects ?? false;
  const changedAt = Date.parse(row.updatedAt ?? '');
  if (after === undefined || !isOAuth || Number.isNaN(changedAt)) return null;
  return now - changedAt > after ? 'act' : null;
}

/** The data of `sweep.*` events: the report and its run. */
export interface SweepEventData extends SweepReport {
  sweep: { workflowId: string; runId: string };
}
