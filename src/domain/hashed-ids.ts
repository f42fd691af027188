import { createHash, createHmac } from 'node:crypto';
import { type ConnectionKey, escapePart } from './ids.ts';

/** PostgreSQL stores workflow ids in 255 bytes. Three parts of this length and a prefix fit. */
const longestPart = 60;

/**
 * A part of a workflow id: the escaped part itself, or `~` and 26 characters of its hash. It is
 * hashed if it is too long or if ids are keyed.
 */
function hashedPart(part: string, idKey: string | undefined): string {
  const escaped = escapePart(part);
  if (idKey === undefined && Buffer.byteLength(escaped) <= longestPart) return escaped;
  const hash = idKey === undefined ? createHash('sha256') : createHmac('sha256', idKey);
  return `~${BigInt(`0x${hash.update(part).digest('hex')}`)
    .toString(36)
    .slice(0, 26)}`;
}

/**
 * The lock of a connection: one attempt at a time. With `idKey` (MOORING_ID_KEY), user ids are
 * always keyed hashes.
 */
export function connectWorkflowId(key: ConnectionKey, idKey?: string): string {
  return ['connect', ...connectionParts(key, idKey)].join('/');
}

/** The common prefix of the workflow ids of this user's connections. No other user's id has it. */
export function connectIdPrefix(userId: string, idKey?: string): string {
  return `connect/${hashedPart(userId, idKey)}/`;
}

/**
 * One call for a reconnect link. It locks nothing, so `call` keeps two calls apart. Two callers may
 * pass different return pages, and neither may receive the other's link.
 */
export function reconnectWorkflowId(key: ConnectionKey, call: string, idKey?: string): string {
  return ['reconnect', ...connectionParts(key, idKey), call].join('/');
}

function connectionParts(key: ConnectionKey, idKey: string | undefined): string[] {
  const rest = [key.authConfigId, ...(key.alias === null ? [] : [key.alias])];
  return [hashedPart(key.userId, idKey), ...rest.map((part) => hashedPart(part, undefined))];
}

/** The lock of one user's access. */
export function userWorkflowId(userId: string, idKey?: string): string {
  return `user/${hashedPart(userId, idKey)}`;
}

/** A user id for a search attribute. Search attributes are never encrypted. */
export function visibleUserId(userId: string, idKey?: string): string {
  return idKey === undefined ? userId : hashedPart(userId, idKey);
}
