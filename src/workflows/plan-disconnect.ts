import { ActivityFailure } from '@temporalio/workflow';
import type { EndInput, PlanAnswer } from '../domain/ending.ts';
import { asRefused } from './joining.ts';
import { planning } from './options.ts';

/** Says what a disconnect would do now, for a client that holds no key: it locks nothing and writes nothing. */
export async function planDisconnect(input: EndInput): Promise<PlanAnswer> {
  try {
    return { plan: await planning().planEnding(input) };
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return { refused: asRefused(error) };
  }
}
