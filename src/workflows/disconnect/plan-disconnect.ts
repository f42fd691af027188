import type { RevokeInput, DisconnectPlanResult } from '../../domain/disconnect/disconnect.ts';
import { catchRefusal } from '../refusals.ts';
import { planActivities } from './options.ts';

/**
 * Returns what a disconnect would do now, for a client that holds no key. It locks nothing and
 * writes nothing.
 */
export async function planDisconnect(input: RevokeInput): Promise<DisconnectPlanResult> {
  return catchRefusal(async () => ({ plan: await planActivities().readDisconnectPlan(input) }));
}
