import { Command, InvalidArgumentError } from 'commander';
import { type NamingOptions, namedConnection, namesConnection } from '../naming.ts';
import { answer, answerJson, note } from '../print.ts';
import { withClient } from '../with-client.ts';

interface ReconnectLinkOptions extends NamingOptions {
  returnUrl?: string;
  confirm: boolean;
  validFor?: number;
  json?: true;
}

export function reconnectLinkCommand(): Command {
  return namesConnection(new Command('reconnect-link'))
    .description('print a link, good for days, that connects again')
    .option('--return-url <url>', 'where the gateway sends the browser afterwards')
    .option('--no-confirm', 'whoever opens it may finish it, in any browser')
    .option('--valid-for <days>', 'how long it is good for (default: 7, at most 30)', days)
    .option('--json', 'print the link as JSON')
    .action(reconnectLink);
}

async function reconnectLink(
  id: string | undefined,
  options: ReconnectLinkOptions,
  command: Command,
): Promise<void> {
  const connectionId = namedConnection(id, options, command);
  const { returnUrl, confirm, validFor, json } = options;
  await withClient(async (mooring) => {
    const link = await mooring.reconnectLink({
      connectionId,
      confirm: confirm ? 'required' : 'none',
      ...(returnUrl === undefined ? {} : { returnUrl }),
      ...(validFor === undefined ? {} : { validForMs: validFor }),
    });
    if (json) {
      answerJson(link);
      return;
    }
    note(`instead of account ${link.connectedAccountId}, until ${link.expiresAt}`);
    note('Whoever opens this link connects an account to this user: show it to nobody else.');
    answer(link.url);
  });
}

function days(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 30) return number * 86_400_000;
  throw new InvalidArgumentError('It is not a number of days, 1 to 30.');
}
