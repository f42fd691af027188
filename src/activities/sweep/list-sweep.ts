import { getClient, heartbeat, log } from '@temporalio/activity';
import type { AccountPage, ComposioApi, UnreadableRow } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import type { AccountSnapshot, OwnedSnapshot } from '../../domain/account.ts';
import { canIncludeUser } from '../../domain/account-filter.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { isSweepWorkflowId } from '../../domain/ids.ts';
import {
  isRepeat,
  type ListEnd,
  type ListPosition,
  onPage,
} from '../../domain/sweep/list-position.ts';
import {
  defaultSizes,
  statusesOf,
  type SweepInput,
  type SweepRow,
  triageRow,
} from '../../domain/sweep/sweep.ts';
import { parseSweepInput } from '../../domain/sweep/schemas.ts';
import {
  addTallies,
  incrementCount,
  emptyTally,
  type RowResult,
  tallyOf,
  type Tally,
  type TalliedRow,
} from '../../domain/sweep/tally.ts';
import { readSupposedOwners } from '../../temporal/open-runs.ts';
import { runCalls } from '../shared/call.ts';
import { findHandledAccounts } from '../shared/open-runs.ts';
import { requireOwnRun } from '../shared/guards.ts';
import type { Parking } from '../batch/key-refused.ts';
import type { ReauthConfig } from '../refresh/reauth.ts';
import { defined } from '../../domain/defined.ts';

export interface SweepDependencies extends ReauthConfig {
  /** The API with the shared rate limiter, for calls for which nobody waits. */
  api: ComposioApi;
  parking: Parking;
}

/** The checked input, and the endpoints to notify of the result. */
export interface PreparedSweep {
  input: SweepInput;
  endpoints: readonly EndpointFacts[];
}

export interface Listing {
  /** The rows to act on. The history holds them before anything is done. */
  rows: SweepRow[];
  /** The rows that were listed, and those that need no action. */
  tally: Tally;
  place: ListPosition;
  ended: ListEnd | null;
  /** The number of rows in the whole list, if the API returns it. */
  total?: number;
}

export function createListSweepActivities(deps: SweepDependencies) {
  const { api, idKey, parking, endpoints = [] } = deps;

  return {
    /** Checks the input again, because a caller in another language has no zod. */
    async prepareSweep(given: unknown): Promise<PreparedSweep> {
      return runCalls({ waiting: true }, async () => {
        const input = parseSweepInput(given);
        requireOwnRun((workflowId) => isSweepWorkflowId(workflowId, input.name));
        return { input, endpoints };
      });
    },

    /**
     * Reads the list from a position, up to fifty pages or five hundred rows to act on. The oldest
     * rows come first, so that new rows shift nothing. If a page is unreadable, the listing returns
     * the pages before it, or fails if there are none. Safe to repeat: it only reads.
     */
    async listSweep({
      input,
      place,
    }: {
      input: SweepInput;
      place: ListPosition;
    }): Promise<Listing> {
      return runCalls({ waiting: false, parking }, async (signal) => {
        const { mode = 'heal', filter = {}, sizes } = input;
        const { pages, rows: enough, pageRows } = { ...defaultSizes, ...sizes };
        const statuses = statusesOf(mode) ?? filter.statuses;
        const query = { ...filter, ...defined({ statuses }), limit: pageRows };
        const listing: Listing = { rows: [], tally: emptyTally(), place, ended: null };
        const isFull = () => listing.rows.length >= enough || listing.tally.pages >= pages;
        while (listing.ended === null && !isFull()) {
          const { cursor } = listing.place;
          try {
            const page = await api.pageAccounts(
              { ...query, ...(cursor !== null && { cursor }) },
              signal,
            );
            await addPage(page, input, listing);
          } catch (error) {
            if (cursor !== null && isCursorRefused(error)) {
              log.warn('Composio refused the list cursor, the next run reads the rest', {
                name: input.name,
              });
              listing.tally.maybeMissed++;
              listing.ended = 'refused';
              break;
            }
            if (listing.tally.pages === 0 || signal.aborted) throw error;
            log.warn('a list page failed, the sweep continues with the pages before it', {
              name: input.name,
              error: String(error),
            });
            break;
          }
          heartbeat();
        }
        return listing;
      });
    },
  };

  async function addPage(
    { rows, unreadable, next, total }: Omit<AccountPage, 'seen'>,
    input: SweepInput,
    listing: Listing,
  ): Promise<void> {
    const fresh = [...new Map(rows.map((row) => [row.id, row])).values()].filter(
      ({ id }) => !isRepeat(listing.place, id),
    );
    const now = Date.now();
    const due: AccountSnapshot[] = [];
    const settled = unreadable.map(toUnreadableEntry);
    for (const row of fresh) {
      const verdict = triageRow(row, input, now);
      if (verdict === 'act') due.push(row);
      else if (verdict !== null) settled.push([row, verdict]);
    }
    const todo: SweepRow[] = [];
    for (const row of await addSupposedOwners(due)) {
      const { userId } = row;
      if (userId === null || !canIncludeUser(userId, input.filter ?? {})) {
        settled.push([row, { outcome: 'owner_unknown', reason: null }]);
      } else todo.push(rowOf({ ...row, userId }));
    }
    const others = await findHandledAccounts(todo, idKey);
    for (const row of todo) {
      const outcome = others.get(row.id);
      if (outcome === undefined) listing.rows.push(row);
      else settled.push([row, { outcome, reason: null }]);
    }
    const { place, ended } = onPage(
      listing.place,
      rows.map(({ id }) => id),
      next,
    );
    const seen = fresh.length + unreadable.length;
    const page = { ...tallyOf(settled), seen, pages: 1, statuses: {} };
    for (const { status } of fresh) incrementCount(page.statuses, status);
    // A row that appears twice has moved, and so have the rows between. If the cursor repeats, the
    // rest of the list is unknown.
    page.maybeMissed = rows.length - fresh.length + (ended === 'repeated' ? 1 : 0);
    Object.assign(listing, { tally: addTallies(listing.tally, page), place, ended });
    if (total !== undefined) listing.total = total;
  }
}

/**
 * Adds the user of each account whose owner the API does not return: the attempt that made the
 * account names this user. `healAccount` asks the API to confirm that before it writes.
 */
async function addSupposedOwners(rows: readonly AccountSnapshot[]): Promise<AccountSnapshot[]> {
  const untold = rows.filter(({ userId }) => userId === null).map(({ id }) => id);
  if (untold.length === 0) return [...rows];
  const owners = await readSupposedOwners(getClient(), untold);
  return rows.map((row) => ({ ...row, userId: row.userId ?? owners.get(row.id) ?? null }));
}

function toUnreadableEntry({ id, field }: UnreadableRow): [TalliedRow, RowResult] {
  log.warn('skipped an unreadable row of the account list', { connectedAccountId: id, field });
  const row = { id: id ?? 'unknown', toolkit: 'unknown', statusReason: null };
  return [row, { outcome: 'unreadable', reason: null }];
}

/**
 * The same query without a cursor was accepted. A retry cannot help, and the sweep would never end.
 */
function isCursorRefused(error: unknown): boolean {
  return error instanceof ApiError && [400, 422].includes(error.status ?? 0);
}

function rowOf(row: OwnedSnapshot): SweepRow {
  const { id, userId, authConfigId, toolkit, status, statusReason } = row;
  return { id, userId, authConfigId, toolkit, statusBefore: status, statusReason };
}
