import { Command, Option } from 'commander';
import { type AuthScheme, type ConnectAnswer, MooringError } from '../../index.ts';
import { readJson } from '../json-file.ts';
import { answerOutcome } from '../outcome.ts';
import { answer, answerJson, note } from '../print.ts';
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
    .option('--alias <alias>', 'tells several connections of this user and auth config apart')
    .option('--existing <account>', 'wait for this account (ca_…), make no link')
    .option(
      '--initiate <file>',
      'with the credentials in this file (- for standard input): {"authScheme": …, "val": {…}}',
    )
    .option('--replaces <account>', 'end this account (ca_…) once the new one is ACTIVE')
    .addOption(
      new Option('--on-existing <what>', 'when the user is connected already').choices([
        'fail',
        'reuse',
        'add',
      ]),
    )
    .option('--request-id <id>', 'a repeat with the same id gets the first answer')
    .option('--wait', 'wait for the outcome; exits 0 only when it is ACTIVE')
    .option('--json', 'print the answer, and with --wait the outcome, as JSON lines')
    .action(connect);
}

async function connect(options: ConnectOptions): Promise<void> {
  const { user, authConfig, returnUrl, callbackUrl, alias, replaces } = options;
  const { onExisting, requestId } = options;
  const method = await methodOf(options);
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
    if (json) answerJson(connected);
    else answerLink(connected);
    if (options.wait === undefined) return;
    note('Waiting for the outcome. Ctrl-C ends only the waiting; `mooring watch` goes on with it.');
    const outcome = await mooring.connection(connected.connectionId).outcome();
    answerOutcome(outcome, 'ACTIVE', json);
  });
}

/** Credentials come from a file: whatever stands in a command line, every process of the machine can read. */
async function methodOf({ existing, initiate }: ConnectOptions) {
  if (existing !== undefined && initiate !== undefined) {
    const message = '--existing makes no account, --initiate makes one: give one of them';
    throw new MooringError('ERR_INVALID_INPUT', message);
  }
  if (existing !== undefined) return { existing: { connectedAccountId: existing } };
  if (initiate === undefined) return undefined;
  return { initiate: (await readJson(initiate)) as AuthScheme };
}

function answerLink(connected: ConnectAnswer): void {
  const { connectionId, connectedAccountId, status, redirectUrl, expiresAt } = connected;
  note(`connection ${connectionId}, account ${connectedAccountId} (${status})`);
  if (redirectUrl === null) {
    note('there is no link to open');
    return;
  }
  const until = expiresAt === null ? '' : ` until ${expiresAt}`;
  note(`Whoever opens this link${until} connects an account to this user: show it to nobody else.`);
  answer(redirectUrl);
}
