import type { AccessRequest } from './access.ts';
import { type Asked, toComparable } from '../same-request.ts';

export function accessAsked(request: AccessRequest): Asked {
  return toComparable({ dryRun: false, ...request }) as Asked;
}
