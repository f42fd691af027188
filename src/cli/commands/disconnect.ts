import { Argument, Command } from 'commander';
import type { DisconnectInput, EndPlan, EndReceipt, KeptAccount } from '../../index.ts';
import { confirmed, type ConfirmOptions, isAsked } from '../confirm.ts';
import { Exit } from '../exit.ts';
import { duration } from '../options.ts';
import { answer, answerJson, listing, note } from '../print.ts';
import { withClient } from '../with-client.ts';

interface DisconnectOptions extends ConfirmOptions {
  user: string;
  undoWindow?: number;
  keepRecord?: true;
  revoke: boolean;
  actor?: string;
  note?: string;
  requestId?: string;
  dryRun?: true;
  json?: true;
}

export function disconnectCommand(): Command {
  return named('disconnect', 'revoke an account at its provider, and delete it')
    .option('--undo-window <time>', 'disable it, and end it after that: 15m, 1h, 30d', duration)
    .option('--keep-record', 'leave the account there, REVOKED, or else disabled')
    .option('--no-revoke', 'only delete it; the grant lives on at the provider')
    .option('--actor <who>', 'who wants it, for the receipt')
    .option('--note <why>', 'and why')
    .option('--request-id <id>', 'a repeat with the same id gets the first answer')
    .option('--dry-run', 'answer what would be done, and touch nothing')
    .option('--yes', 'do not ask; needs --confirm')
    .option('--confirm <user>', 'the user’s id once more')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', '\nExits 1 when the proof is `unproven`, as it is with --no-revoke.')
    .action(disconnect);
}

export function keepCommand(): Command {
  return named('keep', 'give an account back while its undo window lasts')
    .option('--dry-run', 'answer what would be given back, and touch nothing')
    .option('--json', 'print the account as JSON')
    .action(keep);
}

async function keep(connectedAccountId: string, options: DisconnectOptions): Promise<void> {
  const { user: userId, dryRun, json } = options;
  const account = { userId, connectedAccountId };
  await withClient(async (mooring) => {
    if (dryRun) {
      const { status, undoUntil: until } = await mooring.keep({ ...account, dryRun });
      if (json) answerJson({ ...account, status, until });
      else answer(listing({ account: connectedAccountId, status, until }));
      return;
    }
    const kept = await mooring.keep(account);
    if (json) answerJson(kept);
    else answerKept(kept);
  });
}

function named(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<account>', 'its ca_… id'))
    .requiredOption('--user <id>', 'whose it is');
}

async function disconnect(id: string, options: DisconnectOptions): Promise<void> {
  const { json, dryRun, undoWindow } = options;
  const input = inputOf(id, options);
  if (!dryRun && !isAsked(options)) await confirmed(options.user, options);
  await withClient(async (mooring) => {
    if (dryRun || isAsked(options)) {
      const plan = await mooring.disconnect({ ...input, dryRun: true });
      if (dryRun && json) return answerJson(plan);
      (dryRun ? answer : note)(planned(plan));
      if (dryRun) return;
      await confirmed(options.user, options);
    }
    const end = await mooring.disconnect(input);
    if (undoWindow !== undefined) {
      if (json) return answerJson({ workflowId: end.workflowId });
      return answer(`${end.workflowId}: \`mooring keep ${id} --user …\` gives it back until then`);
    }
    note(`${end.workflowId}: Ctrl-C ends only the waiting`);
    const result = await end.result();
    if (json) answerJson(result);
    else if ('proof' in result) answerReceipt(result);
    else answerKept(result);
    if ('proof' in result && result.proof === 'unproven') throw new Exit(1);
  });
}

function inputOf(connectedAccountId: string, options: DisconnectOptions): DisconnectInput {
  const { user: userId, undoWindow, keepRecord, revoke, actor, note: why, requestId } = options;
  return {
    userId,
    connectedAccountId,
    ...(undoWindow !== undefined && { undoWindowMs: undoWindow }),
    ...(keepRecord && { keepRecord }),
    ...(!revoke && { revoke }),
    ...(actor !== undefined && { actor }),
    ...(why !== undefined && { note: why }),
    ...(requestId !== undefined && { requestId }),
  };
}

function planned({ connectionId, connectedAccountId, status, steps, proof, siblings }: EndPlan) {
  return listing({
    connection: connectionId,
    account: connectedAccountId,
    status: status ?? 'gone',
    steps: steps.join(', ') || 'none',
    proof,
    'may end too': siblings.join(', ') || null,
  });
}

function answerReceipt(receipt: EndReceipt): void {
  const { proof, certain, revokedTokens, siblings, statusAfter, times } = receipt;
  answer(
    listing({
      account: receipt.connectedAccountId,
      proof: `${proof}${certain ? '' : ' (not certain)'}`,
      revoked: revokedTokens.join(', ') || null,
      siblings: siblings.join(', ') || null,
      left: statusAfter ?? 'nothing',
      ended: times.ended,
    }),
  );
}

function answerKept({ connectedAccountId, status }: KeptAccount): void {
  answer(listing({ account: connectedAccountId, status: status ?? 'gone' }));
}
