import { getClient, log } from '@temporalio/activity';
import { ScheduleNotFoundError } from '@temporalio/client';
import { sweepWorkflowId } from '../../domain/ids.ts';
import { calling } from '../shared/call.ts';

export function createHaltSweepActivities() {
  return {
    /** Pauses the Schedule of a sweep that has done harm, with the reason. False when it has none. Safe to repeat. */
    async haltSchedule({ name, reason }: { name: string; reason: string }): Promise<boolean> {
      return calling({ waiting: false }, async () => {
        try {
          await getClient().schedule.getHandle(sweepWorkflowId(name)).pause(reason);
        } catch (error) {
          if (error instanceof ScheduleNotFoundError) return false;
          throw error;
        }
        log.error('sweep halted, its schedule is paused', { name, reason });
        return true;
      });
    },
  };
}
