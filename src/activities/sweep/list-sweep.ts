import { getClient, heartbeat, log } from '@temporalio/activity';
import type { AccountPage, ComposioApi, UnreadableRow } from '../../composio/api.ts';
import { ApiError } from '../../composio/errors.ts';
import type { AccountSnapshot, OwnedSnapshot } from '../../domain/account.ts';
import { isUsers } from '../../domain/account-filter.ts';
import type { EndpointFacts } from '../../domain/events/events.ts';
import { isSweepWorkflowId } from '../../domain/ids.ts';
import {
  isRepeat,
  type ListEnd,
  type ListPosition,
  step,
} from '../../domain/sweep/list-position.ts';
import {
  defaultSizes,
  statusesOf,
  type SweepInput,
  type SweepRow,
  triage,
} from '../../domain/sweep/sweep.ts';
import { parseSweepInput } from '../../domain/sweep/schemas.ts';
import {
  add,
  count,
  emptyTally,
  type Settled,
  settledTally,
  type Tally,
  type TalliedRow,
} from '../../domain/sweep/tally.ts';
import { supposedOwners } from '../../temporal/open-runs.ts';
import { calling } from '../shared/call.ts';
import { lookedAfter } from '../shared/visibility.ts';
import { requireOwnRun } from '../shared/own-run.ts';
import type { Parking } from '../batch/key-refused.ts';
import type { ToldConfig } from '../refresh/reauth.ts';

export interface SweepDependencies extends ToldConfig {
  /** Over the shared gate, for calls for which nobody waits. */
  api: ComposioApi;
  parking: Parking;
}

/** The input as it was checked, and who is told how it ended. */
export interface PreparedSweep {
  input: SweepInput;
  endpoints: readonly EndpointFacts[];
}

export interface Listing {
  /** To be acted on: here it is written down before anything is done. */
  rows: SweepRow[];
  /** What was seen, and settled by looking alone. */
  tally: Tally;
  place: ListPosition;
  ended: ListEnd | null;
  /** How many rows the whole list has, where the API says so. */
  total?: number;
}

export function createListSweepActivities(deps: SweepDependencies) {
  const { api, idKey, parking, endpoints = [] } = deps;

  return {
    /** Checks the input again: a caller of another language has no zod. */
    async prepareSweep(given: unknown): Promise<PreparedSweep> {
      return calling({ waiting: true }, async () => {
        const input = parseSweepInput(given);
        requireOwnRun((workflowId) => isSweepWorkflowId(workflowId, input.name));
        return { input, endpoints };
      });
    },

    /**
     * Reads on from a place, up to fifty pages or five hundred rows to act on, the oldest first, so that new
     * rows shift nothing. A page that cannot be read ends the listing before it, if it has any: what was
     * read is kept. Safe to repeat: nothing here writes.
     */
    async listSweep({
      input,
      place,
    }: {
      input: SweepInput;
      place: ListPosition;
    }): Promise<Listing> {
      return calling({ waiting: false, parking }, async (signal) => {
        const { mode = 'heal', filter = {}, sizes } = input;
        const { pages, rows: enough, pageRows } = { ...defaultSizes, ...sizes };
        const statuses = statusesOf(mode) ?? filter.statuses;
        const query = { ...filter, ...(statuses && { statuses }), limit: pageRows };
        const listing: Listing = { rows: [], tally: emptyTally(), place, ended: null };
        const isFull = () => listing.rows.length >= enough || listing.tally.pages >= pages;
        while (listing.ended === null && !isFull()) {
          const { cursor } = listing.place;
          try {
            const page = await api.pageAccounts(
              { ...query, ...(cursor !== null && { cursor }) },
              signal,
            );
            await take(page, input, listing);
          } catch (error) {
            if (cursor !== null && isCursorRefused(error)) {
              log.warn('a cursor is refused, the rest waits for the next run', {
                name: input.name,
              });
              listing.tally.maybeMissed++;
              listing.ended = 'refused';
              break;
            }
            if (listing.tally.pages === 0 || signal.aborted) throw error;
            log.warn('a page could not be read, others follow', { error: String(error) });
            break;
          }
          heartbeat();
        }
        return listing;
      });
    },
  };

  async function take(
    { rows, unreadable, next, total }: Omit<AccountPage, 'seen'>,
    input: SweepInput,
    listing: Listing,
  ): Promise<void> {
    const fresh = [...new Map(rows.map((row) => [row.id, row])).values()].filter(
      ({ id }) => !isRepeat(listing.place, id),
    );
    const now = Date.now();
    const due: AccountSnapshot[] = [];
    const settled = unreadable.map(skip);
    for (const row of fresh) {
      const verdict = triage(row, input, now);
      if (verdict === 'act') due.push(row);
      else if (verdict !== null) settled.push([row, verdict]);
    }
    const todo: SweepRow[] = [];
    for (const row of await withSupposedOwners(due)) {
      const { userId } = row;
      if (userId === null || !isUsers(userId, input.filter ?? {})) {
        settled.push([row, { outcome: 'owner_unknown', reason: null }]);
      } else todo.push(rowOf({ ...row, userId }));
    }
    const others = await lookedAfter(todo, idKey);
    for (const row of todo) {
      const outcome = others.get(row.id);
      if (outcome === undefined) listing.rows.push(row);
      else settled.push([row, { outcome, reason: null }]);
    }
    const { place, ended } = step(
      listing.place,
      rows.map(({ id }) => id),
      next,
    );
    const seen = fresh.length + unreadable.length;
    const page = { ...settledTally(settled), seen, pages: 1, statuses: {} };
    for (const { status } of fresh) count(page.statuses, status);
    // A row met twice has moved, and so have those between; of a list that leads back the rest is unknown.
    page.maybeMissed = rows.length - fresh.length + (ended === 'repeated' ? 1 : 0);
    Object.assign(listing, { tally: add(listing.tally, page), place, ended });
    if (total !== undefined) listing.total = total;
  }
}

/**
 * The user of each account whose owner the API does not return: the attempt that made the account names this user.
 * `healAccount` asks the API to confirm that before it writes.
 */
async function withSupposedOwners(rows: readonly AccountSnapshot[]): Promise<AccountSnapshot[]> {
  const untold = rows.filter(({ userId }) => userId === null).map(({ id }) => id);
  if (untold.length === 0) return [...rows];
  const owners = await supposedOwners(getClient(), untold);
  return rows.map((row) => ({ ...row, userId: row.userId ?? owners.get(row.id) ?? null }));
}

function skip({ id, field }: UnreadableRow): [TalliedRow, Settled] {
  log.warn('a row cannot be read and is skipped', { connectedAccountId: id, field });
  const row = { id: id ?? 'unknown', toolkit: 'unknown', statusReason: null };
  return [row, { outcome: 'unreadable', reason: null }];
}

/** The same query was taken without one. No repeat would mend it, and the sweep would never end. */
function isCursorRefused(error: unknown): boolean {
  return error instanceof ApiError && [400, 422].includes(error.status ?? 0);
}

function rowOf(row: OwnedSnapshot): SweepRow {
  const { id, userId, authConfigId, toolkit, status, statusReason } = row;
  return { id, userId, authConfigId, toolkit, statusBefore: status, statusReason };
}
