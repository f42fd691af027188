import { isDeepStrictEqual } from 'node:util';
import type { ConnectUserInput, ConnectUserRequest } from '../../src/domain/connect/connect.ts';

/** Two calls with the same values of these fields share an attempt. */
const shared = [
  'onExisting',
  'returnUrl',
  'callbackUrl',
  'replaces',
  'sameIdentity',
  'sharing',
  'confirm',
] as const;
const defaults = { onExisting: 'fail', confirm: 'none' };

/** Whether a call cannot share this attempt. Credentials are never shared, as each seal differs. */
export function hasOtherOptions(
  open: Partial<ConnectUserRequest>,
  asked: Partial<ConnectUserInput>,
): boolean {
  const [one, other] = [open, asked].map((input) => ({ ...defaults, ...input }));
  if (shared.some((field) => !isDeepStrictEqual(one?.[field], other?.[field]))) return true;
  const { method = { link: {} } } = asked;
  if ('initiate' in method || ('link' in method && method.link.connectionData)) return true;
  return !isDeepStrictEqual(method, open.method ?? { link: {} });
}
