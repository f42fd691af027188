import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { processEnvironment } from '../config.ts';
import { generateKey } from '../keys.ts';
import type { LocalStack } from './local-stack.ts';
import { answer, listing } from './print.ts';
import { stopSignal } from './stop-signal.ts';

interface DevOptions {
  headless?: true;
  dbFile?: string;
  returnOrigin: string[];
}

/** The defaults of every part, so that what the README says is where things are. */
const ports = {
  temporal: 7233,
  temporalUi: 8233,
  sandbox: 8090,
  gateway: 8088,
  gatewayOps: 9465,
  workerOps: 9464,
};

export function devCommand(): Command {
  return new Command('dev')
    .description('Temporal, sandbox, worker and gateway at once')
    .option('--headless', 'without Temporal’s UI')
    .option('--db-file <path>', 'keep Temporal’s state here, and its key in <path>.key')
    .option('--return-origin <origins...>', 'where browsers may be sent afterwards', [
      'http://localhost:3000',
    ])
    .action(dev);
}

async function dev({ headless, dbFile, returnOrigin }: DevOptions): Promise<void> {
  // Loaded late: Temporal's worker costs half a second that no other command should wait for.
  const { startLocalStack } = await import('./local-stack.ts');
  const stopped = stopSignal();
  const { MOORING_EVENT_ENDPOINTS: eventEndpoints } = processEnvironment;
  const stack = await startLocalStack({
    ports,
    returnOrigins: returnOrigin,
    ...(eventEndpoints === undefined ? {} : { eventEndpoints }),
    ...(headless === undefined ? {} : { headless }),
    ...(dbFile === undefined
      ? {}
      : { dbFilename: dbFile, encryptionKeys: await keptKey(`${dbFile}.key`) }),
  });
  try {
    answer(welcome(stack, returnOrigin));
    await Promise.race([stopped, stack.done]);
  } finally {
    await stack.stop();
  }
}

/** State that outlives a run can be read only with the key that it was written with. */
async function keptKey(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const key = generateKey();
    await writeFile(path, `${key}\n`, { mode: 0o600 });
    return key;
  }
}

function welcome(stack: LocalStack, returnOrigins: readonly string[]): string {
  const { temporal, sandbox, env } = stack;
  const [origin] = returnOrigins;
  const [authConfigId] = sandbox.authConfigs.map(({ id }) => id);
  const exported = ['TEMPORAL_ADDRESS', 'MOORING_ENCRYPTION_KEYS', 'MOORING_CREDENTIAL_KEYS'];
  return [
    '',
    listing({
      'Temporal UI': temporal.uiUrl,
      Temporal: temporal.address,
      'sandbox (Composio API)': sandbox.url,
      gateway: stack.gatewayUrl,
      'worker health, metrics': stack.workerOpsUrl,
      'gateway health, metrics': stack.gatewayOpsUrl,
    }),
    '',
    'Connect a user from another terminal:',
    '',
    ...exported.map((name) => `  export ${name}=${env[name] ?? ''}`),
    `  npx mooring connect --user user_1 --auth-config ${authConfigId} --return-url ${origin}/done --wait`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}
