/**
 * Workflow ids are locks that the Temporal server keeps. Only this module and `hashed-ids.ts` build
 * and parse them. This module imports nothing from Node, so workflow code can use it. Ids that may
 * need a hash are in `hashed-ids.ts`.
 */

/**
 * `encodeURIComponent` does not escape two characters that are special here. `~` marks a hashed
 * part. Temporal's visibility strips `'` from the ends of a value.
 */
export function escapePart(part: string): string {
  return encodeURIComponent(part).replaceAll('~', '%7E').replaceAll("'", '%27');
}

export interface ConnectionKey {
  userId: string;
  authConfigId: string;
  alias: string | null;
}

/**
 * The stable id of a connection. The account behind it can change. It is never hashed, so
 * `parseConnectionId` can read it.
 */
export function connectionId({ userId, authConfigId, alias }: ConnectionKey): string {
  return [userId, authConfigId, ...(alias === null ? [] : [alias])].map(escapePart).join('/');
}

/** The three parts of a connection id, or null if `id` is not one. */
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
 * The lock of the runs that change one connected account: a command, a refresh, a disconnect.
 * Batches write without this lock, but first check which run holds it.
 */
export function accountWorkflowId(connectedAccountId: string): string {
  return `account/${escapePart(connectedAccountId)}`;
}

/**
 * The run that disconnects one account as soon as no other run holds its lock. One run serves all
 * callers that want this.
 */
export function retireWorkflowId(connectedAccountId: string): string {
  return `retire/${escapePart(connectedAccountId)}`;
}

/**
 * The run that plans a disconnect of this account and changes nothing. It locks nothing, so `call`
 * keeps two calls apart: they may pass different options at the same time.
 */
export function planWorkflowId(connectedAccountId: string, call: string): string {
  return `plan/${escapePart(connectedAccountId)}/${call}`;
}

/** The pending re-auth of an account: its user was notified. It locks nothing. */
export function reauthWorkflowId(connectedAccountId: string): string {
  return `reauth/${escapePart(connectedAccountId)}`;
}

/** One run per name at a time. If a Schedule started the run, the server appends the time. */
export function sweepWorkflowId(name: string): string {
  return `sweep/${escapePart(name)}`;
}

/** Whether this is the workflow id of a sweep with that name. */
export function isSweepWorkflowId(workflowId: string, name: string): boolean {
  const base = sweepWorkflowId(name);
  if (!workflowId.startsWith(base)) return false;
  return /^(-\d{4}-\d\d-\d\dT[\d:.]+Z)?$/.test(workflowId.slice(base.length));
}

/** The delivery of one event to one endpoint. */
export function eventWorkflowId(eventId: string, endpoint: string): string {
  return `event/${escapePart(eventId)}/${escapePart(endpoint)}`;
}

/** The two parts of an event workflow id, or null if `id` is not one. */
export function parseEventWorkflowId(id: string): { eventId: string; endpoint: string } | null {
  const [, eventId, endpoint] = /^event\/([^/]+)\/([^/]+)$/.exec(id) ?? [];
  if (eventId === undefined || endpoint === undefined) return null;
  try {
    return { eventId: decodeURIComponent(eventId), endpoint: decodeURIComponent(endpoint) };
  } catch {
    return null; // a lone % is no escape
  }
}

/**
 * A run of an attempt. After a workflow reset, another run continues the attempt with the same
 * `originalRunId`.
 */
export interface AttemptRun {
  runId: string;
  originalRunId: string;
}

/**
 * The marker alias of one try of one run. It is the idempotency key of a link call, because
 * Composio's call has none. It uses the end of the run id: a run id starts with the time (UUID
 * version 7), so ids of the same minute start alike. The marker of a run after a reset has an extra
 * part.
 */
export function markerAlias(run: AttemptRun, tries: number): string {
  return `${stemOf(run)}${tries}`;
}

/** Which try of this run made the account with this alias. Null if none of them did. */
export function tryOf(alias: string | null, run: AttemptRun): number | null {
  const stem = stemOf(run);
  const tries = alias?.startsWith(stem) ? alias.slice(stem.length) : '';
  return /^\d+$/.test(tries) ? Number(tries) : null;
}

/**
 * Whether an earlier run of this attempt, which a reset ended, made the account with this alias.
 */
export function isFromEarlierRun(alias: string | null, run: AttemptRun): boolean {
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
