import type { ConnectUserRequest } from './connect/connect.ts';
import type { RefreshInput } from './refresh/refresh.ts';
import type { DisconnectInput } from './disconnect/disconnect.ts';
import type { AccessRequest } from './access/access.ts';
import type { AccountCommand } from './change/account-command.ts';

/**
 * The fields of a request that decide what Mooring does. Two requests are compared by them, and an
 * answer returns them. Sealed credentials are reduced to their digests.
 */
export type Asked = Readonly<Record<string, unknown>>;

/** How a workflow answers each update that has a request id. */
export type Answered<T> = T & {
  /**
   * What the request asked for. The client detects a request id that is reused for another request.
   */
  asked?: Asked;
  /** Which call was answered. The client detects an answer that belongs to an earlier call. */
  call?: string;
};

/**
 * The first field in which two requests differ, or null. Credentials cannot be compared if their
 * digests have no key in common; `ifUnknown` then decides whether they count as the same.
 */
export function differingField(first: Asked, second: Asked, ifUnknown = false): string | null {
  const fields = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return fields.find((field) => !(isSame(first[field], second[field]) ?? ifUnknown)) ?? null;
}

/** Null if the values cannot be compared. */
function isSame(a: unknown, b: unknown): boolean | null {
  if (!isObject(a) || !isObject(b)) return a === b;
  if (isObject(a.digests) && isObject(b.digests)) return hasSharedDigest(a.digests, b.digests);
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  const compared = [...keys].map((key) => isSame(a[key], b[key]));
  if (compared.includes(false)) return false;
  return compared.includes(null) ? null : true;
}

function hasSharedDigest(a: Record<string, unknown>, b: Record<string, unknown>): boolean | null {
  const shared = Object.keys(a).filter((keyId) => Object.hasOwn(b, keyId));
  return shared.length === 0 ? null : shared.every((keyId) => a[keyId] === b[keyId]);
}

function pickFields(from: object, fields: readonly string[]): Asked {
  const given = from as Record<string, unknown>;
  const picked = fields.filter((field) => given[field] !== undefined);
  return Object.fromEntries(picked.map((field) => [field, toComparable(given[field])]));
}

/** The value without its sealed bytes, which differ in each call. */
function toComparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toComparable);
  if (!isObject(value)) return value;
  if ('sealed' in value) return { digests: value.digests ?? {} };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toComparable(each)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/**
 * The fields in which two calls must agree to share one attempt. If one differs, the second call is
 * refused with ERR_CONNECT_IN_PROGRESS. For the others (metadata, timings) the first call's values
 * apply.
 */
const ofConnect = [
  'userId',
  'authConfigId',
  'method',
  'onExisting',
  'returnUrl',
  'callbackUrl',
  'alias',
  'replaces',
  'sameIdentity',
  'sharing',
  'confirm',
] as const;

/** The request is not checked yet: it can be any value. */
export function connectAsked(request: ConnectUserRequest): Asked {
  const defaults = { method: { link: {} }, onExisting: 'fail', confirm: 'none' };
  return pickFields({ ...defaults, ...request }, ofConnect);
}

export function refreshAsked(input: RefreshInput): Asked {
  const asked = { mode: 'heal', ...input };
  return pickFields(asked, ['userId', 'mode', 'returnUrl', 'validateCredentials']);
}

export function disconnectAsked(input: DisconnectInput): Asked {
  const asked = {
    command: 'disconnect',
    revoke: true,
    keepRecord: false,
    undoWindowMs: 0,
    ...input,
  };
  return pickFields(asked, ['command', 'revoke', 'keepRecord', 'undoWindowMs']);
}

export function accessAsked(request: AccessRequest): Asked {
  return toComparable({ dryRun: false, ...request }) as Asked;
}

export function commandAsked(request: AccountCommand): Asked {
  const { userId: _, connectedAccountId: __, command, ...rest } = request;
  return toComparable({ command, ...rest }) as Asked;
}
