import type { ConnectUserInput, ConnectUserRequest } from '../domain/connect/connect.ts';
import type { SealedCredentials } from '../domain/sealed-credentials.ts';
import type { AccountCommand, Changes } from '../domain/change/account-command.ts';
import { MooringError } from '../domain/errors.ts';
import { connectionId } from '../domain/ids.ts';
import { digests, type KeyRing, open, seal, UnknownKeyError } from './key-ring.ts';

const name = 'MOORING_CREDENTIAL_KEYS';

/** Where credentials belong: what is sealed for one place is of no use in any other. */
type CredentialBinding = { connectionId: string } | { connectedAccountId: string };

function placeOf(place: CredentialBinding): string {
  if ('connectionId' in place) return `mooring-credentials:${place.connectionId}`;
  return `mooring-account-credentials:${place.connectedAccountId}`;
}

/**
 * A backend's input as it travels: what may be a credential is sealed under a ring of its own. Whoever
 * can decode histories, in Temporal's UI or by the codec endpoint, still sees nothing of it; only a
 * worker's API call opens it.
 *
 * Throws ERR_ENCRYPTION_KEY_MISSING without a ring: credentials are never sent open.
 */
export function sealedRequest(
  { method, ...rest }: ConnectUserInput,
  ring: KeyRing | undefined,
): ConnectUserRequest {
  if (method === undefined) return rest;
  if ('existing' in method) return { ...rest, method };
  const place = { connectionId: connectionId({ ...rest, alias: rest.alias ?? null }) };
  if ('initiate' in method) {
    const { authScheme, val } = method.initiate;
    const credentials = sealCredentials(ring, place, val);
    return { ...rest, method: { initiate: { authScheme, credentials } } };
  }
  const { connectionData } = method.link;
  if (connectionData === undefined) return { ...rest, method: { link: {} } };
  return {
    ...rest,
    method: { link: { connectionData: sealCredentials(ring, place, connectionData) } },
  };
}

/**
 * The same for credentials that are to be changed. Bound to the account and not to its connection, whose
 * name may change; the worker compares the owner before it opens them.
 */
export function sealedChange(
  { userId, connectedAccountId, credentials }: Changes['updateCredentials'],
  ring: KeyRing | undefined,
): AccountCommand {
  const { authScheme, val } = credentials;
  const sealed = sealCredentials(ring, { connectedAccountId }, val);
  const command = 'updateCredentials';
  return { userId, connectedAccountId, command, authScheme, credentials: sealed };
}

function sealCredentials(
  ring: KeyRing | undefined,
  place: CredentialBinding,
  credentials: unknown,
): SealedCredentials {
  const keys = requireRing(ring);
  const plaintext = Buffer.from(JSON.stringify(credentials));
  const { keyId, data } = seal(keys, plaintext, placeOf(place));
  return {
    sealed: `${keyId}.${Buffer.from(data).toString('base64url')}`,
    digests: digests(keys, Buffer.from(JSON.stringify(sorted(credentials))), placeOf(place)),
  };
}

/** The order in which a caller names the fields decides nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

/**
 * Undoes `sealCredentials`. ERR_INVALID_INPUT when they were changed, or sealed for another place;
 * ERR_ENCRYPTION_KEY_MISSING when the ring lacks their key.
 */
export function openCredentials(
  ring: KeyRing | undefined,
  place: CredentialBinding,
  { sealed }: SealedCredentials,
): unknown {
  const [keyId = '', text = ''] = sealed.split('.');
  try {
    const data = Buffer.from(text, 'base64url');
    const plaintext = open(requireRing(ring), keyId, data, placeOf(place));
    return JSON.parse(Buffer.from(plaintext).toString());
  } catch (error) {
    if (error instanceof MooringError) throw error;
    if (error instanceof UnknownKeyError) {
      const message = `${name}: this worker lacks the key with which the credentials were sealed`;
      throw new MooringError('ERR_ENCRYPTION_KEY_MISSING', message);
    }
    const [field, whose] =
      'connectionId' in place ? ['method', 'connection'] : ['credentials', 'account'];
    const message = `${field}: these credentials were not sealed for this ${whose}`;
    throw new MooringError('ERR_INVALID_INPUT', message, { field });
  }
}

function requireRing(ring: KeyRing | undefined): KeyRing {
  if (ring !== undefined) return ring;
  const message = `${name}: is not set, and credentials never travel open; make a key with \`mooring keygen\` and give it to backend and workers`;
  throw new MooringError('ERR_ENCRYPTION_KEY_MISSING', message);
}
