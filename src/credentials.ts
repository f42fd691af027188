import type {
  ConnectUserInput,
  ConnectUserRequest,
  SealedCredentials,
} from './domain/connection.ts';
import { MooringError } from './domain/errors.ts';
import { connectionId } from './domain/ids.ts';
import { type KeyRing, open, seal, UnknownKeyError } from './keys.ts';

const name = 'MOORING_CREDENTIAL_KEYS';

/** What is sealed for one connection is of no use in the request of another. */
function placeOf(connectionId: string): string {
  return `mooring-credentials:${connectionId}`;
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
  const id = connectionId({ ...rest, alias: rest.alias ?? null });
  if ('initiate' in method) {
    const { authScheme, val } = method.initiate;
    const credentials = sealCredentials(ring, id, val);
    return { ...rest, method: { initiate: { authScheme, credentials } } };
  }
  const { connectionData } = method.link;
  if (connectionData === undefined) return { ...rest, method: { link: {} } };
  return {
    ...rest,
    method: { link: { connectionData: sealCredentials(ring, id, connectionData) } },
  };
}

function sealCredentials(
  ring: KeyRing | undefined,
  connectionId: string,
  credentials: unknown,
): SealedCredentials {
  const plaintext = Buffer.from(JSON.stringify(credentials));
  const { keyId, data } = seal(requireRing(ring), plaintext, placeOf(connectionId));
  return { sealed: `${keyId}.${Buffer.from(data).toString('base64url')}` };
}

/**
 * Undoes `sealCredentials`. ERR_INVALID_INPUT when they were changed, or sealed for another connection;
 * ERR_ENCRYPTION_KEY_MISSING when the ring lacks their key.
 */
export function openCredentials(
  ring: KeyRing | undefined,
  connectionId: string,
  { sealed }: SealedCredentials,
): unknown {
  const [keyId = '', text = ''] = sealed.split('.');
  try {
    const data = Buffer.from(text, 'base64url');
    const plaintext = open(requireRing(ring), keyId, data, placeOf(connectionId));
    return JSON.parse(Buffer.from(plaintext).toString());
  } catch (error) {
    if (error instanceof MooringError) throw error;
    if (error instanceof UnknownKeyError) {
      const message = `${name}: this worker lacks the key with which the credentials were sealed`;
      throw new MooringError('ERR_ENCRYPTION_KEY_MISSING', message);
    }
    const message = 'method: these credentials were not sealed for this connection';
    throw new MooringError('ERR_INVALID_INPUT', message, { field: 'method' });
  }
}

function requireRing(ring: KeyRing | undefined): KeyRing {
  if (ring !== undefined) return ring;
  const message = `${name}: is not set, and credentials never travel open; make a key with \`mooring keygen\` and give it to backend and workers`;
  throw new MooringError('ERR_ENCRYPTION_KEY_MISSING', message);
}
