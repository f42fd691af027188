import type { ConnectUserInput, ConnectUserRequest } from '../domain/connect/connect.ts';
import type { SealedCredentials } from '../domain/sealed-credentials.ts';
import type { AccountCommand, AccountChanges } from '../domain/change/account-command.ts';
import { MooringError } from '../domain/errors.ts';
import { connectionId } from '../domain/ids.ts';
import { digestsOf, type KeyRing, unseal, seal, UnknownKeyError } from './key-ring.ts';

const name = 'MOORING_CREDENTIAL_KEYS';

/** The place where credentials belong. Credentials sealed for one place are useless in another. */
type CredentialBinding = { connectionId: string } | { connectedAccountId: string };

function placeOf(place: CredentialBinding): string {
  if ('connectionId' in place) return `mooring-credentials:${place.connectionId}`;
  return `mooring-account-credentials:${place.connectedAccountId}`;
}

/**
 * The form of a backend's input in which it is sent. All possible credentials are sealed with a key
 * ring of their own. A person who can decode histories, in Temporal's UI or by the codec endpoint,
 * still cannot read them. Only a worker opens them, for its API call.
 *
 * Throws ERR_ENCRYPTION_KEY_MISSING without a ring: credentials are never sent unencrypted.
 */
export function sealRequest(
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
 * The same for a change of credentials. They are bound to the account instead of its connection,
 * because the connection's name may change. The worker compares the owner before it opens them.
 */
export function sealChange(
  { userId, connectedAccountId, credentials }: AccountChanges['updateCredentials'],
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
    digests: digestsOf(keys, Buffer.from(JSON.stringify(sortKeys(credentials))), placeOf(place)),
  };
}

/** The order of the fields must not change the digest. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}

/**
 * Decrypts what `sealCredentials` encrypted. Throws ERR_INVALID_INPUT if the data was changed or
 * sealed for another place. Throws ERR_ENCRYPTION_KEY_MISSING if the ring does not have its key.
 */
export function unsealCredentials(
  ring: KeyRing | undefined,
  place: CredentialBinding,
  { sealed }: SealedCredentials,
): unknown {
  const [keyId = '', text = ''] = sealed.split('.');
  try {
    const data = Buffer.from(text, 'base64url');
    const plaintext = unseal(requireRing(ring), keyId, data, placeOf(place));
    return JSON.parse(Buffer.from(plaintext).toString());
  } catch (error) {
    if (error instanceof MooringError) throw error;
    if (error instanceof UnknownKeyError) {
      const message = `${name}: this worker does not have the key that sealed the credentials`;
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
  const message = `${name}: is not set, and credentials are never sent unencrypted; create a key with \`mooring keygen\` and set it for the backend and the workers`;
  throw new MooringError('ERR_ENCRYPTION_KEY_MISSING', message);
}
