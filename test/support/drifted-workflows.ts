import { sleep } from '@temporalio/workflow';
import { connectUser as today } from '../../src/workflows/connect/connect-user.ts';

/** What a careless change looks like to a replay: one more timer at the start. */
export async function connectUser(...args: Parameters<typeof today>) {
  await sleep(1_000);
  return today(...args);
}
