import type { AccessOrder } from './access.ts';
import { type Asked, comparable } from '../asked.ts';

export function accessAsked(order: AccessOrder): Asked {
  return comparable({ dryRun: false, ...order }) as Asked;
}
