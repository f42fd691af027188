import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { processEnvironment } from '../../config.ts';
import { generateKey } from '../../crypto/key-ring.ts';
import { givenVariables, ignoredNote } from '../given-variables.ts';
import { type LocalPorts, usualPorts } from '../../dev/local-ports.ts';
import { portOption } from '../options.ts';
import { commandName } from '../own-package.ts';
import { loadSandboxPart } from '../sandbox-part.ts';
import type { LocalStack } from '../../dev/local-stack.ts';
import { printAnswer, fieldLines, printNote } from '../print.ts';
import { waitForStopSignal } from '../stop-signal.ts';

interface DevOptions {
  headless?: true;
  dbFile?: string;
  returnOrigin?: string[];
  port: LocalPorts;
}

const defaultReturnOrigin = 'http://localhost:3000';

export function devCommand(): Command {
  return new Command('dev')
    .description('run Temporal, sandbox, worker and gateway together')
    .option('--headless', 'without Temporal’s UI')
    .option('--db-file <path>', 'keep Temporal’s state in this file, and its key in <path>.key')
    .option(
      '--return-origin <origins...>',
      `origins for a returnUrl (default: MOORING_RETURN_ORIGINS, else ${defaultReturnOrigin})`,
    )
    .addOption(portOption(usualPorts))
    .action(runLocalStack);
}

async function runLocalStack({ headless, dbFile, returnOrigin, port }: DevOptions): Promise<void> {
  // Loaded late: Temporal's worker takes half a second to load, and other commands do not need it.
  const { startLocalStack } = await loadSandboxPart(() => import('#local-stack'));
  const stopped = waitForStopSignal();
  const { taken, ignored } = givenVariables(
    processEnvironment,
    returnOrigin === undefined ? [] : ['MOORING_RETURN_ORIGINS'],
  );
  const stack = await startLocalStack({
    ports: port,
    returnOrigins: returnOrigin ?? [defaultReturnOrigin],
    environment: {
      ...(dbFile && { MOORING_ENCRYPTION_KEYS: await readOrCreateKey(`${dbFile}.key`) }),
      ...taken,
    },
    ...(headless === undefined ? {} : { headless }),
    ...(dbFile === undefined ? {} : { dbFilename: dbFile }),
  });
  try {
    const left = ignoredNote(ignored, 'dev');
    if (left !== null) printNote(left);
    const heading = process.stdout.isTTY
      ? 'In another terminal, for a backend, a worker or the CLI:'
      : 'The variables for another terminal are on stdout. If that is dev.sh, run there: . ./dev.sh';
    printNote(`\n${addressLinesOf(stack)}\n\n${heading}\n`);
    printAnswer(stack.shellLines);
    printNote(`\n${nextStepsOf(stack)}\n\nCtrl-C stops everything.`);
    await Promise.race([stopped, stack.done]);
  } finally {
    await stack.stop();
  }
}

/** A later run can read the stored state only with the key that encrypted it. */
async function readOrCreateKey(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const key = generateKey();
    await writeFile(path, `${key}\n`, { mode: 0o600 });
    return key;
  }
}

function addressLinesOf(stack: LocalStack): string {
  return fieldLines({
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

function nextStepsOf({ sandbox, returnOrigins }: LocalStack): string {
  const [origin] = returnOrigins;
  const [authConfigId] = sandbox.authConfigs.map(({ id }) => id);
  return [
    'Then connect a user, in this folder:\n',
    `npx ${commandName} connect --user user_1 --auth-config ${authConfigId} --return-url ${origin}/done --wait`,
  ].join('\n');
}
