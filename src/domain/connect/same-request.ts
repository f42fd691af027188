import type { ConnectUserRequest } from './connect.ts';
import { type Asked, pickFields } from '../same-request.ts';

/**
 * The fields in which two calls must agree to share one attempt. For the others (metadata, timings)
 * the first call's values apply.
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
