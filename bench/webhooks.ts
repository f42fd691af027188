/**
 * How far a stranger's webhooks slow returning users down: callbacks of a settled attempt, one
 * after another, with and without 100 wrongly signed webhooks of 256 KB a second. Both alternate in
 * one run, with gateway and stranger in processes of their own. Compare the columns only with each
 * other.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Person } from '../demo/person.ts';
import { startLocalStack } from '../src/dev/local-stack.ts';
import { MooringClient } from '../src/index.ts';
import { conclude, givenOr, median, rounded } from './support/figures.ts';

const rounds = givenOr(5);
const roundMs = 4_000;
/** The limit that the issue requires. */
const mostTimesSlower = 5;

interface Sent {
  sent: number;
  refused: number;
}

const stack = await startLocalStack({ headless: true, quiet: true });
const gateway = start('gateway-program', [], {
  ...stack.env,
  MOORING_WEBHOOK_SECRETS: 'a-secret-that-the-stranger-lacks',
  MOORING_GATEWAY_PORT: '0',
  MOORING_OPS_PORT: '0',
});
const [url] = (await once(gateway, 'message')) as [string];
const stranger = start('webhook-flood', [`${url}/webhooks/composio`], {});
const callback = await settledCallback();

const taken = { without: [] as number[], with: [] as number[] };
let unanswered = 0;
await visits(roundMs);
for (let round = 0; round < rounds; round++) {
  await ask(false);
  taken.without.push(...(await visits(roundMs)));
  await ask(true);
  taken.with.push(...(await visits(roundMs)));
  await ask(false);
  // Requests in flight are answered before the next round.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}
const flood = await ask(false);
stranger.disconnect();
gateway.disconnect();
await stack.stop();

const withoutMs = median(taken.without);
const withMs = median(taken.with);
const ratio = withMs / withoutMs;
conclude({
  lines: [
    `callbacks one after another, ${rounds} rounds of ${roundMs / 1_000} s in turn; medians in milliseconds`,
    `  without webhooks                          ${rounded(withoutMs)}`,
    `  with ${Math.round((flood.sent * 1_000) / (rounds * roundMs))} wrongly signed webhooks a second  ${rounded(withMs)}`,
    `  which is ${rounded(ratio)} times as long`,
  ],
  figures: {
    rounds,
    callbacksWithout: taken.without.length,
    callbacksWith: taken.with.length,
    callbacksUnanswered: unanswered,
    webhooksSent: flood.sent,
    webhooksRefused: flood.refused,
    withoutMsP50: rounded(withoutMs),
    withMsP50: rounded(withMs),
    ratio: rounded(ratio),
  },
  demands: {
    [`a callback takes at most ${mostTimesSlower} times as long`]: ratio <= mostTimesSlower,
    'each callback is answered': unanswered === 0,
    'nearly all webhooks are refused, and none is dropped': flood.refused >= 0.9 * flood.sent,
  },
});

function start(program: string, args: string[], env: Record<string, string>): ChildProcess {
  const path = fileURLToPath(new URL(`./support/${program}.ts`, import.meta.url));
  return fork(path, args, { env: { ...process.env, ...env }, execArgv: ['--import', 'tsx'] });
}

async function ask(isWanted: boolean): Promise<Sent> {
  const answer = once(stranger, 'message') as Promise<[Sent]>;
  stranger.send(isWanted);
  return (await answer)[0];
}

/** The callback URL, at the measured gateway, of a user who has connected. */
async function settledCallback(): Promise<URL> {
  const mooring = await MooringClient.connect({ environment: stack.env });
  const [{ id: authConfigId } = { id: '' }] = stack.sandbox.authConfigs;
  const { redirectUrl, connectionId } = await mooring.connectUser({ userId: 'ada', authConfigId });
  const { pathname, search } = await new Person('ada').approve(redirectUrl ?? '');
  const callback = new URL(pathname + search, url);
  await (await fetch(callback)).arrayBuffer();
  await mooring.connections.get(connectionId).result();
  await mooring.close();
  return callback;
}

/** One after another, 20 ms apart. */
async function visits(forMs: number): Promise<number[]> {
  const until = performance.now() + forMs;
  const times: number[] = [];
  while (performance.now() < until) {
    const began = performance.now();
    const response = await fetch(callback);
    await response.arrayBuffer();
    if (response.status !== 200) unanswered++;
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return times;
}
