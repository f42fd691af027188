import { createHash, createHmac } from 'node:crypto';
import { type ConnectionKey, escapePart } from './ids.ts';

/** PostgreSQL keeps workflow ids in 255 bytes; three parts of this length and their prefix fit. */
const longestPart = 60;

/** A part as it stands in a workflow id: itself, or `~` and 26 characters of its hash when too long or when ids are keyed. */
function hashedPart(part: string, idKey: string | undefined): string {
  const escaped = escapePart(part);
  if (idKey === undefined && Buffer.byteLength(escaped) <= longestPart) return escaped;
  const hash = idKey === undefined ? createHash('sha256') : createHmac('sha256', idKey);
  return `~${BigInt(`0x${hash.update(part).digest('hex')}`)
    .toString(36)
    .slice(0, 26)}`;
}

/** The lock of a connection: one attempt at a time. With `idKey` (MOORING_ID_KEY) user ids are keyed hashes always. */
export function connectWorkflowId(key: ConnectionKey, idKey?: string): string {
  return ['connect', ...connectionParts(key, idKey)].join('/');
}

/** The beginning of the ids of all connections of this user, and of no other user's. */
export function connectIdPrefix(userId: string, idKey?: string): string {
  return `connect/${hashedPart(userId, idKey)}/`;
}

/**
 * One call for a reconnect link. Locks nothing, so `call` tells it from others: two callers may want
 * different pages to return to, and neither may be given the other's link.
 */
export function reconnectWorkflowId(key: ConnectionKey, call: string, idKey?: string): string {
  return ['reconnect', ...connectionParts(key, idKey), call].join('/');
}

function connectionParts(key: ConnectionKey, idKey: string | undefined): string[] {
  const rest = [key.authConfigId, ...(key.alias === null ? [] : [key.alias])];
  return [hashedPart(key.userId, idKey), ...rest.map((part) => hashedPart(part, undefined))];
}

/** The lock of everything that concerns one user's access. */
export function userWorkflowId(userId: string, idKey?: string): string {
  return `user/${hashedPart(userId, idKey)}`;
}

/** A user id as it may stand in a search attribute, which is never encrypted. */
export function visibleUserId(userId: string, idKey?: string): string {
  return idKey === undefined ? userId : hashedPart(userId, idKey);
}
