import { sleep } from '@temporalio/workflow';
import { connectUser as today } from '../../src/workflows/connect/connect-user.ts';

/** How a careless change looks in a replay: one more timer at the start. */
export async function connectUser(...args: Parameters<typeof today>) {
  await sleep(1_000);
  return today(...args);
}
