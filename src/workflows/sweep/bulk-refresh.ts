import {
  CancellationScope,
  continueAsNew,
  log,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { PreparedSweep } from '../../activities/index.ts';
import type { SweepInput, SweepReport } from '../../domain/sweep/sweep.ts';
import {
  cancelSignal,
  searchAttributeKeys as keys,
  sweepViewQuery,
} from '../../protocol/messages.ts';
import { sendEvent } from '../events/send-event.ts';
import { rethrowRefusal } from '../refusals.ts';
import { sweepActivities } from './options.ts';
import { showProgress, sweepAccounts } from './sweep-accounts.ts';
import { type CarriedState, SweepState } from './sweep-state.ts';

/**
 * Sweeps the accounts that a filter selects: `sweep/{name}`. Lists them a few hundred at a time, so that what
 * the sweep will touch is in the history first, and refreshes them in batches. In mode `proactive`, ACTIVE
 * accounts go one batch at a time through a breaker, which halts the sweep after harm.
 *
 * Each result is a value, unless the input is refused. A cancel, by signal or of the workflow, stops the sweep
 * at the next batch. The report then has the totals so far.
 */
export async function bulkRefresh(
  given: SweepInput,
  carried: CarriedState | null = null,
): Promise<SweepReport> {
  const state = new SweepState(given, carried, workflowInfo().startTime);
  setHandler(sweepViewQuery, () => state.view());
  setHandler(cancelSignal, () => state.cancel());
  CancellationScope.current().cancelRequested.catch(() => state.cancel());

  // The numbers are those of docs/architecture/sweep.md.
  return CancellationScope.nonCancellable(async () => {
    // 1. Prepare: check the input, read the configuration.
    const { input, endpoints } = await rethrowRefusal(() => sweepActivities().prepareSweep(given));
    upsertSearchAttributes([{ key: keys.phase, value: 'sweeping' }]);
    // 2. List and refresh, until the list ends, or this run's history is full.
    const end = await sweepAccounts(input, state);
    if (end === 'history_full') {
      await continueAsNew<typeof bulkRefresh>(given, state.carry());
    }
    // 3. Finish: pause the schedule after harm, report.
    const report = state.finish();
    if (report.ended === 'halted') await pauseSchedule(report);
    showReport(report);
    await sendReport(endpoints, report);
    return report;
  });
}

async function pauseSchedule({ name, hurt }: SweepReport): Promise<void> {
  const reason = `halted: ${hurt.length} accounts that were ACTIVE were harmed (${hurt.join(', ')})`;
  await sweepActivities().pauseSweepSchedule({ name, reason });
}

function showReport({ name, mode, ended, seen, outcomes }: SweepReport): void {
  upsertSearchAttributes([
    { key: keys.phase, value: null },
    { key: keys.outcome, value: ended },
  ]);
  showProgress(ended, { seen, outcomes });
  log.info('sweep ended', { name, mode, ended, seen, ...outcomes });
}

async function sendReport(
  endpoints: PreparedSweep['endpoints'],
  report: SweepReport,
): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  await sendEvent(endpoints, {
    type: report.ended === 'halted' ? 'sweep.halted' : 'sweep.finished',
    connectionId: null,
    connectedAccountId: null,
    data: { ...report, sweep: { workflowId, runId } },
  });
}
