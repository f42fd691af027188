import type { AccessRequest } from './access.ts';
import { type Asked, toComparable } from '../same-request.ts';

export function accessAsked(order: AccessRequest): Asked {
  return toComparable({ dryRun: false, ...order }) as Asked;
}
