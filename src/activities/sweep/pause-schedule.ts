import { getClient, log } from '@temporalio/activity';
import { ScheduleNotFoundError } from '@temporalio/client';
import { sweepWorkflowId } from '../../domain/ids.ts';
import { runCalls } from '../shared/call.ts';

export function createPauseScheduleActivities() {
  return {
    /**
     * Pauses the Schedule of a sweep that did harm, with the reason. Returns false if the sweep has
     * no Schedule. Safe to repeat.
     */
    async pauseSweepSchedule({ name, reason }: { name: string; reason: string }): Promise<boolean> {
      return runCalls({ waiting: false }, async () => {
        try {
          await getClient().schedule.getHandle(sweepWorkflowId(name)).pause(reason);
        } catch (error) {
          if (error instanceof ScheduleNotFoundError) return false;
          throw error;
        }
        log.error('sweep halted and its schedule paused', { name, reason });
        return true;
      });
    },
  };
}
