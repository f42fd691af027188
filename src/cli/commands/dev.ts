import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { processEnvironment } from '../../config.ts';
import { generateKey } from '../../crypto/key-ring.ts';
import { givenVariables, ignoredNote } from '../given-variables.ts';
import { type LocalPorts, usualPorts } from '../../dev/local-ports.ts';
import { portOption } from '../options.ts';
import type { LocalStack } from '../../dev/local-stack.ts';
import { answer, listing, note } from '../print.ts';
import { stopSignal } from '../stop-signal.ts';

interface DevOptions {
  headless?: true;
  dbFile?: string;
  returnOrigin?: string[];
  port: LocalPorts;
}

const usualReturnOrigin = 'http://localhost:3000';

export function devCommand(): Command {
  return new Command('dev')
    .description('Temporal, sandbox, worker and gateway at once')
    .option('--headless', 'without Temporal’s UI')
    .option('--db-file <path>', 'keep Temporal’s state here, and its key in <path>.key')
    .option(
      '--return-origin <origins...>',
      `where browsers may be sent afterwards (default: MOORING_RETURN_ORIGINS, else ${usualReturnOrigin})`,
    )
    .addOption(portOption(usualPorts))
    .action(dev);
}

async function dev({ headless, dbFile, returnOrigin, port }: DevOptions): Promise<void> {
  // Loaded late: Temporal's worker costs half a second that no other command should wait for.
  const { startLocalStack } = await import('../../dev/local-stack.ts');
  const stopped = stopSignal();
  const { taken, ignored } = givenVariables(
    processEnvironment,
    returnOrigin === undefined ? [] : ['MOORING_RETURN_ORIGINS'],
  );
  const stack = await startLocalStack({
    ports: port,
    returnOrigins: returnOrigin ?? [usualReturnOrigin],
    environment: {
      ...(dbFile && { MOORING_ENCRYPTION_KEYS: await keptKey(`${dbFile}.key`) }),
      ...taken,
    },
    ...(headless === undefined ? {} : { headless }),
    ...(dbFile === undefined ? {} : { dbFilename: dbFile }),
  });
  try {
    const left = ignoredNote(ignored, 'dev');
    if (left !== null) note(left);
    note(`\n${placesOf(stack)}\n\nIn another terminal, for a backend, a worker or the CLI:\n`);
    answer(stack.shellLines);
    note(`\n${nextOf(stack)}\n\nCtrl-C stops everything.`);
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

function placesOf(stack: LocalStack): string {
  return listing({
    'Temporal UI': stack.temporal.uiUrl,
    Temporal: stack.temporal.address,
    'sandbox (Composio API)': stack.sandbox.url,
    'auth configs': stack.sandbox.authConfigs.map(({ id }) => id).join(', '),
    gateway: stack.gatewayUrl,
    'worker health, metrics': stack.workerOpsUrl,
    'gateway health, metrics': stack.gatewayOpsUrl,
    'origins for a returnUrl': stack.returnOrigins.join(', '),
  });
}

function nextOf({ sandbox, returnOrigins }: LocalStack): string {
  const [origin] = returnOrigins;
  const [authConfigId] = sandbox.authConfigs.map(({ id }) => id);
  return [
    'and then, to connect a user:\n',
    `npx mooring connect --user user_1 --auth-config ${authConfigId} --return-url ${origin}/done --wait`,
  ].join('\n');
}
