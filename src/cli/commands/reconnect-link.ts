import { Command, InvalidArgumentError } from 'commander';
import {
  type ConnectionIdOptions,
  requireConnectionId,
  addConnectionArguments,
} from '../connection-arguments.ts';
import { printAnswer, printJson, printNote } from '../print.ts';
import { withClient } from '../with-client.ts';

interface ReconnectLinkOptions extends ConnectionIdOptions {
  returnUrl?: string;
  confirm: boolean;
  validFor?: number;
  json?: true;
}

export function reconnectLinkCommand(): Command {
  return addConnectionArguments(new Command('reconnect-link'))
    .description('print a link, valid for days, to connect again')
    .option('--return-url <url>', 'where the gateway sends the browser afterwards')
    .option('--no-confirm', 'anyone who opens it can finish it, in any browser')
    .option('--valid-for <days>', 'how long it is valid (default: 7, at most 30)', days)
    .option('--json', 'print the link as JSON')
    .action(printReconnectLink);
}

async function printReconnectLink(
  id: string | undefined,
  options: ReconnectLinkOptions,
  command: Command,
): Promise<void> {
  const connectionId = requireConnectionId(id, options, command);
  const { returnUrl, confirm, validFor, json } = options;
  await withClient(async (mooring) => {
    const link = await mooring.connections.createReconnectLink({
      connectionId,
      confirm: confirm ? 'required' : 'none',
      ...(returnUrl === undefined ? {} : { returnUrl }),
      ...(validFor === undefined ? {} : { validForMs: validFor }),
    });
    if (json) {
      printJson(link);
      return;
    }
    printNote(`instead of account ${link.connectedAccountId}, valid until ${link.expiresAt}`);
    printNote('Anyone with this link connects an account to this user: show it to nobody else.');
    printAnswer(link.url);
  });
}

function days(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 30) return number * 86_400_000;
  throw new InvalidArgumentError('It is not a number of days, 1 to 30.');
}
