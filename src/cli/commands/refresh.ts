import { Command } from 'commander';
import type { HealOutcome, RefreshAnswer } from '../../index.ts';
import { Exit } from '../exit.ts';
import { answerOutcome } from '../outcome.ts';
import { answer, answerJson, listing, note } from '../print.ts';
import { withClient } from '../with-client.ts';

interface RefreshOptions {
  user: string;
  returnUrl?: string;
  proactive?: true;
  requestId?: string;
  wait?: true;
  json?: true;
}

/** What a script takes for success: the account can be used. */
const usable: readonly HealOutcome[] = ['healthy', 'healed'];

export function refreshCommand(): Command {
  return new Command('refresh')
    .description('refresh an account whose grant has died')
    .argument('<account>', 'the account (ca_…), which keeps its id')
    .requiredOption('--user <id>', 'your own id of its user')
    .option('--return-url <url>', 'print the link by which the user authorises it anew')
    .option('--proactive', 'also when it is ACTIVE, which may break it')
    .option('--request-id <id>', 'a repeat with the same id gets the first answer')
    .option('--wait', 'with --return-url: wait for the outcome; exits 0 only when it is ACTIVE')
    .option('--json', 'print the answer, and with --wait the outcome, as JSON lines')
    .action(refresh);
}

async function refresh(account: string, options: RefreshOptions): Promise<void> {
  const { user, returnUrl, requestId, json = false } = options;
  await withClient(async (mooring) => {
    const refreshed = await mooring.refresh({
      userId: user,
      connectedAccountId: account,
      ...(options.proactive === undefined ? {} : { mode: 'proactive' as const }),
      ...(returnUrl === undefined ? {} : { returnUrl }),
      ...(requestId === undefined ? {} : { requestId }),
    });
    if (json) answerJson(refreshed);
    else answerFinding(refreshed);
    if (refreshed.redirectUrl === null) {
      if (!usable.includes(refreshed.outcome)) throw new Exit(1);
      return;
    }
    if (options.wait === undefined) return;
    note('Waiting for the outcome. Ctrl-C ends only the waiting.');
    answerOutcome(await mooring.refreshing(account).outcome(), 'ACTIVE', json);
  });
}

/** With a link, that alone goes to stdout, so that it can be piped. */
function answerFinding(refreshed: RefreshAnswer): void {
  const { outcome, reason, connectedAccountId, status, statusReason } = refreshed;
  const { redirectUrl, expiresAt } = refreshed;
  const found = listing({
    outcome,
    reason,
    account: connectedAccountId,
    status,
    'in words': statusReason,
  });
  if (redirectUrl === null) {
    answer(found);
    return;
  }
  note(found);
  const until = expiresAt === null ? '' : ` until ${expiresAt}`;
  note(`Whoever opens this link${until} authorises this account: show it to nobody else.`);
  answer(redirectUrl);
}
