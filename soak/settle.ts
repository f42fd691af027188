import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { searchAttributeKeys as keys } from '../src/protocol/messages.ts';

/** How long runs may take to close once the faults are over. */
const settleMs = 180_000;
const pauseMs = 1_000;
/** A run that closes may have just started another run, which a list shows a little later. */
const quietRounds = 3;

/** Phases in which a run of this family waits for a person, for days. */
const waitsForPerson: Record<string, readonly string[]> = {
  user: ['lapsed', 'blocked'],
  event: ['given_up'],
};

/** Waits until only runs that are meant to stay open are open, or the time is over. */
export async function waitUntilClosed(client: Client): Promise<void> {
  const until = Date.now() + settleMs;
  for (let quiet = 0; quiet < quietRounds && Date.now() < until; await sleep(pauseMs)) {
    quiet = (await hasOpenRun(client)) ? 0 : quiet + 1;
  }
}

async function hasOpenRun(client: Client): Promise<boolean> {
  for await (const run of client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
    if (!isMeantToBeOpen(run) || (await isAtWork(client, run))) return true;
  }
  return false;
}

/** A request may have come while an activity was slow. The phase shows it only after that. */
async function isAtWork(client: Client, { workflowId, runId }: WorkflowExecutionInfo) {
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  return (raw.pendingActivities ?? []).length > 0;
}

function isMeantToBeOpen({ workflowId, typedSearchAttributes }: WorkflowExecutionInfo): boolean {
  const [family = ''] = workflowId.split('/');
  // A pending re-auth lasts a month.
  if (family === 'reauth') return true;
  return waitsForPerson[family]?.includes(typedSearchAttributes.get(keys.phase) ?? '') ?? false;
}
