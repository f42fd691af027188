import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { bulkQueueOptions } from '../options.ts';

/**
 * Batches: nobody waits, each failure is tried again for as long as it takes. The calls wait for their share
 * of the budget within a try, which may take hours beside a busy project.
 */
export function sweepActivities() {
  return proxyActivities<
    Pick<Activities, 'prepareSweep' | 'listSweep' | 'healSweepBatch' | 'pauseSweepSchedule'>
  >(bulkQueueOptions());
}
