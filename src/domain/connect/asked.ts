import type { ConnectUserRequest } from './connect.ts';
import { type Asked, pick } from '../asked.ts';

/** What two calls must agree on to share one attempt. The rest (metadata, timings) is the first caller's. */
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

/** Nothing has checked the request yet, and it may be anything. */
export function connectAsked(request: ConnectUserRequest): Asked {
  const defaults = { method: { link: {} }, onExisting: 'fail', confirm: 'none' };
  return pick({ ...defaults, ...request }, ofConnect);
}
