/**
 * Workflow ids are locks that the server keeps: built and parsed here and nowhere else.
 * Free of Node, so that workflow code can build the ids it needs; ids that may need hashing are in
 * `hashed-ids.ts`.
 */

/**
 * `encodeURIComponent` leaves two characters alone that mean something else here: `~` marks a hashed part, and
 * Temporal's visibility strips `'` from the ends of a value.
 */
export function escapePart(part: string): string {
  return encodeURIComponent(part).replaceAll('~', '%7E').replaceAll("'", '%27');
}

export interface ConnectionKey {
  userId: string;
  authConfigId: string;
  alias: string | null;
}

/** The stable name of a connection; accounts come and go behind it. Never hashed: `parseConnectionId` undoes it. */
export function connectionId({ userId, authConfigId, alias }: ConnectionKey): string {
  return [userId, authConfigId, ...(alias === null ? [] : [alias])].map(escapePart).join('/');
}

/** The three parts of a connection id, or null when it is none. */
export function parseConnectionId(id: string): ConnectionKey | null {
  const parts = id.split('/');
  if (parts.length < 2 || parts.length > 3 || parts.includes('')) return null;
  try {
    const [userId = '', authConfigId = '', alias = null] = parts.map(decodeURIComponent);
    const key = { userId, authConfigId, alias };
    return connectionId(key) === id ? key : null;
  } catch {
    return null; // a lone % is no escape
  }
}

/**
 * The lock of the runs that are about one connected account: a command, a refresh, an end. Batches write without
 * it, and look who holds it.
 */
export function accountWorkflowId(connectedAccountId: string): string {
  return `account/${escapePart(connectedAccountId)}`;
}

/** Disconnects one account as soon as no other run holds its lock. One run is enough for all who want that. */
export function retireWorkflowId(connectedAccountId: string): string {
  return `retire/${escapePart(connectedAccountId)}`;
}

/**
 * Looks at what an end of this account would do. Locks nothing, so `call` tells it from others: two callers may
 * ask for different ends at once.
 */
export function planWorkflowId(connectedAccountId: string, call: string): string {
  return `plan/${escapePart(connectedAccountId)}/${call}`;
}

/** The memory that a user was told that his account needs him. It locks nothing. */
export function toldWorkflowId(connectedAccountId: string): string {
  return `told/${escapePart(connectedAccountId)}`;
}

/** One run at a time of each name. The server adds the time to it where a Schedule has started the run. */
export function sweepWorkflowId(name: string): string {
  return `sweep/${escapePart(name)}`;
}

/** Whether this is the id of a run of that name. */
export function isSweepWorkflowId(workflowId: string, name: string): boolean {
  const base = sweepWorkflowId(name);
  if (!workflowId.startsWith(base)) return false;
  return /^(-\d{4}-\d\d-\d\dT[\d:.]+Z)?$/.test(workflowId.slice(base.length));
}

/** One event on its way to one endpoint. */
export function eventWorkflowId(eventId: string, endpoint: string): string {
  return `event/${escapePart(eventId)}/${escapePart(endpoint)}`;
}

/** The two parts of such an id, or null when it is none. */
export function parseEventWorkflowId(id: string): { eventId: string; endpoint: string } | null {
  const [, eventId, endpoint] = /^event\/([^/]+)\/([^/]+)$/.exec(id) ?? [];
  if (eventId === undefined || endpoint === undefined) return null;
  try {
    return { eventId: decodeURIComponent(eventId), endpoint: decodeURIComponent(endpoint) };
  } catch {
    return null; // a lone % is no escape
  }
}

/** A run of an attempt. After a workflow reset another run continues the attempt, with the same `originalRunId`. */
export interface AttemptRun {
  runId: string;
  originalRunId: string;
}

/**
 * The marker alias of one try of one run: the idempotency key of a link call, which has none of its own.
 * Of the run id its end: Temporal's are UUIDs of version 7, whose beginning is the time and the same for
 * all runs of a minute. A run that a reset has started has its attempt's marker, with an extra part.
 */
export function markerAlias(run: AttemptRun, tries: number): string {
  return `${stemOf(run)}${tries}`;
}

/** Which try of this run made the row of this alias; null when it was none of them. */
export function tryOf(alias: string | null, run: AttemptRun): number | null {
  const stem = stemOf(run);
  const tries = alias?.startsWith(stem) ? alias.slice(stem.length) : '';
  return /^\d+$/.test(tries) ? Number(tries) : null;
}

/** Whether a run of this attempt made the row of this alias, which a reset has ended since. */
export function isOfRunBefore(alias: string | null, run: AttemptRun): boolean {
  if (run.runId === run.originalRunId || tryOf(alias, run) !== null) return false;
  return alias?.startsWith(attemptStem(run)) === true;
}

function stemOf(run: AttemptRun): string {
  const own = run.runId === run.originalRunId ? '' : `${run.runId.slice(-6)}-`;
  return `${attemptStem(run)}${own}`;
}

function attemptStem({ originalRunId }: AttemptRun): string {
  return `mooring-${originalRunId.slice(-12)}-`;
}
