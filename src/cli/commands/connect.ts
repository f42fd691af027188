import { Command, Option } from 'commander';
import { type AuthScheme, type ConnectAnswer, MooringError } from '../../index.ts';
import { readJson } from '../json-file.ts';
import { printOutcome } from '../print-outcome.ts';
import { printAnswer, printJson, printNote } from '../print.ts';
import { withClient } from '../with-client.ts';

interface ConnectOptions {
  user: string;
  authConfig: string;
  returnUrl?: string;
  callbackUrl?: string;
  alias?: string;
  existing?: string;
  initiate?: string;
  onExisting?: 'fail' | 'reuse' | 'add';
  replaces?: string;
  requestId?: string;
  wait?: true;
  json?: true;
}

export function connectCommand(): Command {
  return new Command('connect')
    .description('print the link that connects a user')
    .requiredOption('--user <id>', 'your own id of the user')
    .requiredOption('--auth-config <id>', 'how users authenticate to the toolkit (ac_…)')
    .option('--return-url <url>', 'where the gateway sends the browser afterwards')
    .option('--callback-url <url>', 'without a gateway: where Composio itself sends the browser')
    .option('--alias <alias>', 'the name of one of several connections of this user')
    .option('--existing <account>', 'wait for this account (ca_…) without making a link')
    .option(
      '--initiate <file>',
      'with the credentials in this file (- for standard input): {"authScheme": …, "val": {…}}',
    )
    .option('--replaces <account>', 'disconnect this account (ca_…) once the new one is ACTIVE')
    .addOption(
      new Option('--on-existing <what>', 'what to do if the user is connected').choices([
        'fail',
        'reuse',
        'add',
      ]),
    )
    .option('--request-id <id>', 'a repeat with the same id gets the first answer')
    .option('--wait', 'wait for the outcome; exits 0 only if it is ACTIVE')
    .option('--json', 'print the answer, and with --wait the outcome, as JSON lines')
    .action(connectUser);
}

async function connectUser(options: ConnectOptions): Promise<void> {
  const { user, authConfig, returnUrl, callbackUrl, alias, replaces } = options;
  const { onExisting, requestId } = options;
  const method = await readMethod(options);
  const json = options.json ?? false;
  await withClient(async (mooring) => {
    const connected = await mooring.connectUser({
      userId: user,
      authConfigId: authConfig,
      ...(method === undefined ? {} : { method }),
      ...(alias === undefined ? {} : { alias }),
      ...(replaces === undefined ? {} : { replaces }),
      ...(returnUrl === undefined ? {} : { returnUrl }),
      ...(callbackUrl === undefined ? {} : { callbackUrl }),
      ...(onExisting === undefined ? {} : { onExisting }),
      ...(requestId === undefined ? {} : { requestId }),
    });
    if (json) printJson(connected);
    else printLink(connected);
    if (options.wait === undefined) return;
    printNote(
      'Waiting for the outcome. Ctrl-C stops only the waiting; `mooring watch` waits again.',
    );
    const outcome = await mooring.connections.get(connected.connectionId).result();
    printOutcome(outcome, 'ACTIVE', json);
  });
}

/** Credentials come from a file: every process of the machine can read a command line. */
async function readMethod({ existing, initiate }: ConnectOptions) {
  if (existing !== undefined && initiate !== undefined) {
    const message = '--existing, --initiate: pass only one of them';
    throw new MooringError('ERR_INVALID_INPUT', message);
  }
  if (existing !== undefined) return { existing: { connectedAccountId: existing } };
  if (initiate === undefined) return undefined;
  return { initiate: (await readJson(initiate)) as AuthScheme };
}

function printLink(connected: ConnectAnswer): void {
  const { connectionId, connectedAccountId, status, redirectUrl, expiresAt } = connected;
  printNote(`connection ${connectionId}, account ${connectedAccountId} (${status})`);
  if (redirectUrl === null) {
    printNote('there is no link to open');
    return;
  }
  const until = expiresAt === null ? '' : ` until ${expiresAt}`;
  printNote(
    `Anyone who opens this link${until} connects an account to this user: show it to nobody else.`,
  );
  printAnswer(redirectUrl);
}
