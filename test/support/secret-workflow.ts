import {
  ApplicationFailure,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';

export const releaseSignal = defineSignal<[string]>('release');

const { lookUp } = proxyActivities<{ lookUp(secret: string): Promise<string> }>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 1 },
});

/**
 * Sends a secret everywhere that a workflow can send one: input, activity, signal, result, failure.
 */
export async function keepSecret(secret: string, end: 'tell' | 'fail' | 'break'): Promise<string> {
  let released: string | undefined;
  setHandler(releaseSignal, (word) => {
    released = word;
  });
  const found = await lookUp(end === 'break' ? `break ${secret}` : secret);
  await condition(() => released !== undefined);
  if (end === 'fail') throw ApplicationFailure.nonRetryable(`failed on ${secret}`, 'SecretFailure');
  return `${found} ${released}`;
}
