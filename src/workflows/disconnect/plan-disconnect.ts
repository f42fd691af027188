import type { EndInput, PlanAnswer } from '../../domain/disconnect/disconnect.ts';
import { orRefused } from '../refusals.ts';
import { planning } from './options.ts';

/** Says what a disconnect would do now, for a client that holds no key: it locks nothing and writes nothing. */
export async function planDisconnect(input: EndInput): Promise<PlanAnswer> {
  return orRefused(async () => ({ plan: await planning().planEnding(input) }));
}
