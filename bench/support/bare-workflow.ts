import { condition, defineUpdate, proxyActivities, setHandler, sleep } from '@temporalio/workflow';

export const bareUpdate = defineUpdate<boolean>('ask');

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '10s' });

/** The smallest workflow with the shape of a connect: one activity, one answer, one timer. */
export async function bare(): Promise<void> {
  let done = false;
  setHandler(bareUpdate, async () => {
    await condition(() => done);
    return done;
  });
  await nothing();
  done = true;
  await sleep('10m');
}
