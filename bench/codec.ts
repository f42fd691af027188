/**
 * The cost of encryption: of the codec alone, on the payload of a link's answer, and of real
 * connects up to their link, with and without it. Both sides alternate in one run, on the tuned dev
 * server, in memory, on one machine. Compare the columns only with each other.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import { startSandbox } from '../sandbox/index.ts';
import { MooringClient } from '../src/index.ts';
import { processEnvironment } from '../src/config.ts';
import { generateKey, parseKeyRing } from '../src/crypto/key-ring.ts';
import { createLogger } from '../src/observability/logger.ts';
import { createCodec } from '../src/temporal/codec.ts';
import { startDevServer } from '../src/dev/temporal/dev-server.ts';
import { startWorker } from '../src/worker.ts';

const payloads = 20_000;
const rounds = 60;
const connects = 10;
const atOnce = 5;
const warmUps = 3;

const codecFigures = await measureCodec();

const server = await startDevServer({ env: processEnvironment, headless: true, log: () => {} });
const sandbox = await startSandbox();
const [{ id: authConfigId } = { id: '' }] = sandbox.authConfigs;
const sides = {
  without: await startSide('bench-without', { MOORING_ALLOW_PLAINTEXT: '1' }),
  with: await startSide('bench-with', { MOORING_ENCRYPTION_KEYS: generateKey() }),
};

const taken = { without: [] as Load[], with: [] as Load[] };
for (let round = -warmUps; round < rounds; round++) {
  // The second side finds a warmer machine, so the order alternates.
  const order = round % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const);
  for (const side of order) {
    const one = await load(sides[side].mooring, `${side}-${round}`);
    if (round >= 0) taken[side].push(one);
  }
}
await sides.with.stop();
await sides.without.stop();
await sandbox.stop();
await server.stop();

const ratio = (part: keyof Load) =>
  taken.with.map((one, round) => (taken.without[round]?.[part] ?? 0) / one[part]);
const figures = {
  ...codecFigures,
  rounds,
  connectsPerRound: connects,
  withoutPerSecond: perSecond(taken.without),
  withPerSecond: perSecond(taken.with),
  throughputRatio: round3(median(ratio('wallMs'))),
  throughputRatioQuartiles: [0.25, 0.75].map((part) => round3(quantile(ratio('wallMs'), part))),
  // The same by this process's CPU time, which does not depend on other users of the machine.
  withoutCpuMs: round3(median(taken.without.map(({ cpuMs }) => cpuMs)) / connects),
  withCpuMs: round3(median(taken.with.map(({ cpuMs }) => cpuMs)) / connects),
  cpuRatio: round3(median(ratio('cpuMs'))),
};
console.log(JSON.stringify(figures));

/**
 * Encode plus decode, in microseconds: medians of batches, so that pauses of the process do not
 * count.
 */
async function measureCodec() {
  const codec = createCodec(parseKeyRing(generateKey()));
  const payload = defaultPayloadConverter.toPayload({
    connectionId: 'user_123/ac_gmail',
    status: 'INITIALIZING',
    connectedAccountId: 'ca_0123456789ab',
    redirectUrl: `https://connect.example/link/${'k'.repeat(120)}`,
    expiresAt: '2026-01-01T00:10:00.000Z',
  });
  const stored = await codec.encode([payload]);
  const usEncode = await usPerCall(() => codec.encode([payload]));
  const usDecode = await usPerCall(() => codec.decode(stored));
  const payloadBytes = payload.data?.length ?? 0;
  return { payloadBytes, usEncode, usDecode, usPerPayload: round3(usEncode + usDecode) };
}

async function usPerCall(call: () => Promise<unknown>): Promise<number> {
  const batch = 100;
  const batches: number[] = [];
  for (let done = 0; done < 2 * payloads; done += batch) {
    const began = performance.now();
    for (let index = 0; index < batch; index++) await call();
    // The first half warms up.
    if (done >= payloads) batches.push(((performance.now() - began) * 1_000) / batch);
  }
  return round3(median(batches));
}

/** A worker and a client with these keys, on the same server and sandbox as the other side. */
async function startSide(taskQueue: string, keys: Record<string, string>) {
  const environment = {
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: server.namespace,
    MOORING_TASK_QUEUE: taskQueue,
    MOORING_OPS_PORT: '0',
    COMPOSIO_API_KEY: sandbox.apiKey,
    COMPOSIO_BASE_URL: sandbox.url,
    ...keys,
  };
  const worker = await startWorker({ environment, logger: createLogger('silent', 'bench') });
  const mooring = await MooringClient.connect({ environment });
  return {
    mooring,
    async stop() {
      await mooring.close();
      await worker.stop();
    },
  };
}

interface Load {
  wallMs: number;
  /** Of client, worker and sandbox together; Temporal's server is another process. */
  cpuMs: number;
}

/** Resolves when every connect has its link. */
async function load(mooring: MooringClient, name: string): Promise<Load> {
  // Without looks, as those of earlier rounds would run during later ones.
  const asked = { authConfigId, timings: { looks: 0 } };
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  let next = 0;
  const caller = async () => {
    while (next < connects) await mooring.connectUser({ ...asked, userId: `${name}-${next++}` });
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - began, cpuMs: (user + system) / 1_000 };
}

function perSecond(loads: readonly Load[]): number {
  return round3((connects * 1_000) / median(loads.map(({ wallMs }) => wallMs)));
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;
}

function round3(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
