import { Command } from 'commander';
import type { HealOutcome, RefreshAnswer } from '../../index.ts';
import { Exit } from '../exit.ts';
import { printOutcome } from '../print-outcome.ts';
import { printAnswer, printJson, fieldLines, printNote } from '../print.ts';
import { withClient } from '../with-client.ts';

interface RefreshOptions {
  user: string;
  returnUrl?: string;
  proactive?: true;
  requestId?: string;
  wait?: true;
  json?: true;
}

/** The outcomes with exit code 0: the account can be used. */
const usableOutcomes: readonly HealOutcome[] = ['healthy', 'healed'];

export function refreshCommand(): Command {
  return new Command('refresh')
    .description('refresh an account whose grant is dead')
    .argument('<account>', 'the account (ca_…), which keeps its id')
    .requiredOption('--user <id>', 'your own id of its user')
    .option('--return-url <url>', 'print a link where the user authorizes it again')
    .option('--proactive', 'also if it is ACTIVE, which may break it')
    .option('--request-id <id>', 'a repeat with the same id gets the first answer')
    .option('--wait', 'with --return-url: wait for the outcome; exits 0 only if it is ACTIVE')
    .option('--json', 'print the answer, and with --wait the outcome, as JSON lines')
    .action(refreshAccount);
}

async function refreshAccount(account: string, options: RefreshOptions): Promise<void> {
  const { user, returnUrl, requestId, json = false } = options;
  await withClient(async (mooring) => {
    const refreshed = await mooring.accounts.refresh({
      userId: user,
      connectedAccountId: account,
      ...(options.proactive === undefined ? {} : { mode: 'proactive' as const }),
      ...(returnUrl === undefined ? {} : { returnUrl }),
      ...(requestId === undefined ? {} : { requestId }),
    });
    if (json) printJson(refreshed);
    else printRefreshAnswer(refreshed);
    if (refreshed.redirectUrl === null) {
      if (!usableOutcomes.includes(refreshed.outcome)) throw new Exit(1);
      return;
    }
    if (options.wait === undefined) return;
    printNote('Waiting for the outcome. Ctrl-C stops only the waiting.');
    printOutcome(await mooring.accounts.getRefresh(account).result(), 'ACTIVE', json);
  });
}

/** If there is a link, only the link goes to stdout, so it can be piped. */
function printRefreshAnswer(refreshed: RefreshAnswer): void {
  const { outcome, reason, connectedAccountId, status, statusReason } = refreshed;
  const { redirectUrl, expiresAt } = refreshed;
  const found = fieldLines({
    outcome,
    reason,
    account: connectedAccountId,
    status,
    details: statusReason,
  });
  if (redirectUrl === null) {
    printAnswer(found);
    return;
  }
  printNote(found);
  const until = expiresAt === null ? '' : ` until ${expiresAt}`;
  printNote(`Anyone who opens this link${until} authorizes this account: show it to nobody else.`);
  printAnswer(redirectUrl);
}
