import type { AccountSnapshot, AccountStatus } from '../account.ts';
import { type AuthSchemeName, authSchemes } from '../auth-schemes.ts';
import type { AccountFilter } from '../account-filter.ts';
import type { Breaker } from './breaker.ts';
import { decide, healOutcomes, type HealReason } from '../refresh/decide-refresh.ts';

/**
 * - `heal`: lists what is EXPIRED, one page per hundred, and refreshes it.
 * - `probe`: walks everything, touches nothing, and reports.
 * - `proactive`: as `heal`, and also refreshes what is ACTIVE and has not changed for `refreshAfter`, which
 *   may break it: where Composio restarts the authorisation, each of them is harmed.
 */
export const sweepModes = ['heal', 'probe', 'proactive'] as const;
export type SweepMode = (typeof sweepModes)[number];

/** What a schedule or a caller asks for. Checked by the client before anything starts, and again by the worker. */
export interface SweepInput {
  /** One run at a time of each name. */
  name: string;
  /** Default: `heal`. */
  mode?: SweepMode;
  /** Default: all accounts of the project. Its statuses are the mode's own affair, but for a probe. */
  filter?: AccountFilter;
  /**
   * For `proactive`, and needed there: by toolkit, after how many milliseconds without a change an ACTIVE
   * account is refreshed. ACTIVE accounts of other toolkits are left alone.
   */
  refreshAfter?: Record<string, number>;
  /** For `proactive`: so many harmed accounts halt it. Default 3. */
  harmLimit?: number;
  sizes?: Partial<SweepSizes>;
}

/** How much is taken at once. */
export interface SweepSizes {
  /** A listing ends after so many pages, or rows to act on. */
  pages: number;
  rows: number;
  /** Rows of one batch. */
  batch: number;
  /** Rows of one page. */
  pageRows: number;
  /** After so many listings the history is begun anew, if the server has not asked for it before. */
  listings: number;
}

export const defaultSizes: SweepSizes = {
  // Half a minute of the smallest plan's bulk share, so a killed worker's listing repeats no more than that.
  pages: 50,
  rows: 500,
  batch: 250,
  pageRows: 100,
  // 20 kB a listing of encrypted rows and more; the server itself asks at 4 MiB.
  listings: 200,
};

/** What will be touched, as it stands in the history before it is. */
export interface SweepRow {
  id: string;
  userId: string;
  authConfigId: string;
  toolkit: string;
  statusBefore: AccountStatus;
  /** Composio's own words, by which those that failed alike are known. */
  statusReason: string | null;
}

/**
 * Beside what healing tells: `told`, its user was told before and is remembered; `failed`, the API has
 * answered others and never for this account; `untouched`, the sweep halted before it came to it;
 * `unreadable`, its row breaks the API's contract; `owner_unknown`, neither the API nor a run of Mooring's says
 * whose it is, so it is left alone.
 */
export const sweepOutcomes = [
  ...healOutcomes,
  'told',
  'failed',
  'untouched',
  'unreadable',
  'owner_unknown',
] as const;
export type SweepOutcome = (typeof sweepOutcomes)[number];

/** One account that a person may have to look at. */
export interface SweepFailure {
  connectedAccountId: string;
  toolkit: string;
  outcome: SweepOutcome;
  reason: HealReason | null;
}

/** A toolkit of which most sick accounts have failed alike: it is perhaps not its users’ fault. */
export interface Suspect {
  toolkit: string;
  sick: number;
  /** How many of these failed in this way. */
  alike: number;
  outcome: SweepOutcome;
  /** Why nothing could be done, or Composio’s own words for why it died. */
  reason: string | null;
}

export interface SweepCounts {
  /** Rows that the list has shown, each counted once as far as one can tell. */
  seen: number;
  pages: number;
  /** Of the rows seen. */
  statuses: Partial<Record<AccountStatus, number>>;
  /** Of the rows that were sick, or due. */
  outcomes: Partial<Record<SweepOutcome, number>>;
  reasons: Partial<Record<HealReason, number>>;
  /** The first fifty. */
  failures: readonly SweepFailure[];
  /**
   * At most so many rows the pages may have hidden, as others left the list, or moved in it, while it was
   * read. The next run finds them.
   */
  maybeMissed: number;
}

/** How a run ended. `halted`: it did harm and has stopped itself; only a person resumes it. */
export type SweepEnd = 'finished' | 'halted' | 'canceled';

export interface SweepReport extends SweepCounts {
  name: string;
  mode: SweepMode;
  ended: SweepEnd;
  /** Accounts that were ACTIVE and are not, or of which nobody can say so. */
  hurt: readonly string[];
  suspects: readonly Suspect[];
  startedAt: string;
}

/** The answer of a sweep's `view` query. */
export interface SweepView extends SweepCounts {
  name: string;
  mode: SweepMode;
  phase: 'sweeping' | 'settled';
  /** Rows that were to be acted on so far, or were settled by looking alone: `outcomes` grow up to them. */
  found: number;
  /** How many rows the whole list has, as the API said last; null while nobody knows. */
  total: number | null;
  /** Null: this mode touches nothing that is ACTIVE. */
  breaker: Breaker | null;
  suspects: readonly Suspect[];
  startedAt: string;
  ended: SweepEnd | null;
}

/** What a sweep lists: pages of the API's own filter wherever that can tell. */
export function statusesOf(mode: SweepMode): AccountFilter['statuses'] {
  if (mode === 'probe') return undefined;
  return mode === 'heal' ? ['EXPIRED'] : ['EXPIRED', 'ACTIVE'];
}

/** Whether a row has to be acted on, or what there is to say of it without; null: it is well, or nobody's affair. */
export function triage(
  row: AccountSnapshot,
  { mode = 'heal', refreshAfter = {} }: Pick<SweepInput, 'mode' | 'refreshAfter'>,
  now: number,
): 'act' | { outcome: SweepOutcome; reason: HealReason | null } | null {
  if (mode === 'probe') return null;
  if (row.status === 'EXPIRED') {
    const decision = decide(row, { mode });
    return decision === 'refresh' ? 'act' : decision;
  }
  if (mode !== 'proactive' || row.status !== 'ACTIVE') return null;
  const after = refreshAfter[row.toolkit.toLowerCase()];
  // Only what a provider hands out can be renewed; what the API does not tell is left alone.
  const isOAuth = authSchemes[row.authScheme as AuthSchemeName]?.redirects ?? false;
  const changedAt = Date.parse(row.updatedAt ?? '');
  if (after === undefined || !isOAuth || Number.isNaN(changedAt)) return null;
  return now - changedAt > after ? 'act' : null;
}

/** A run's own facts, as the first of its chain has found them. */
export interface SweepEventData extends SweepReport {
  sweep: { workflowId: string; runId: string };
}
