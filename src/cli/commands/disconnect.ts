import { Argument, Command } from 'commander';
import type {
  DisconnectInput,
  DisconnectPlan,
  DisconnectReceipt,
  KeptAccount,
} from '../../index.ts';
import { requireConfirmation, type ConfirmOptions, canPrompt } from '../confirm.ts';
import { Exit } from '../exit.ts';
import { duration } from '../options.ts';
import { printAnswer, printJson, fieldLines, printNote } from '../print.ts';
import { withClient } from '../with-client.ts';
import { defined } from '../../domain/defined.ts';

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
  return createAccountCommand('disconnect', 'revoke an account at its provider and delete it')
    .option(
      '--undo-window <time>',
      'disable it now, disconnect it after this time: 15m, 1h, 30d',
      duration,
    )
    .option('--keep-record', 'do not delete it: it stays REVOKED, or disabled')
    .option('--no-revoke', 'only delete it; the grant stays valid at the provider')
    .option('--actor <who>', 'who asks for it, for the receipt')
    .option('--note <why>', 'why, for the receipt')
    .option('--request-id <id>', 'a repeat with the same id gets the first answer')
    .option('--dry-run', 'print what it would do, and change nothing')
    .option('--yes', 'do not prompt; needs --confirm')
    .option('--confirm <user>', 'the user’s id again')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', '\nExits 1 when the proof is `unproven`, as with --no-revoke.')
    .action(disconnectAccount);
}

export function keepCommand(): Command {
  return createAccountCommand('keep', 'restore an account while its undo window is open')
    .option('--dry-run', 'print what it would restore, and change nothing')
    .option('--json', 'print the account as JSON')
    .action(keepAccount);
}

async function keepAccount(connectedAccountId: string, options: DisconnectOptions): Promise<void> {
  const { user: userId, dryRun, json } = options;
  const account = { userId, connectedAccountId };
  await withClient(async (mooring) => {
    if (dryRun) {
      const { status, undoUntil: until } = await mooring.accounts.planKeep(account);
      if (json) printJson({ ...account, status, until });
      else printAnswer(fieldLines({ account: connectedAccountId, status, until }));
      return;
    }
    const kept = await mooring.accounts.keep(account);
    if (json) printJson(kept);
    else printKeptAccount(kept);
  });
}

function createAccountCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<account>', 'the account’s id (ca_…)'))
    .requiredOption('--user <id>', 'your own id of its user');
}

async function disconnectAccount(id: string, options: DisconnectOptions): Promise<void> {
  const { json, dryRun, undoWindow } = options;
  const input = inputOf(id, options);
  if (!dryRun && !canPrompt(options)) await requireConfirmation(options.user, options);
  await withClient(async (mooring) => {
    if (dryRun || canPrompt(options)) {
      const plan = await mooring.accounts.planDisconnect(input);
      if (dryRun && json) return printJson(plan);
      (dryRun ? printAnswer : printNote)(planLines(plan));
      if (dryRun) return;
      await requireConfirmation(options.user, options);
    }
    const handle = await mooring.accounts.disconnect(input);
    if (undoWindow !== undefined) {
      if (json) return printJson({ workflowId: handle.workflowId });
      return printAnswer(
        `${handle.workflowId}: \`mooring keep ${id} --user …\` restores the account until then`,
      );
    }
    printNote(`${handle.workflowId}: Ctrl-C stops only the waiting`);
    const result = await handle.result();
    if (result.outcome === 'kept') {
      if (json) printJson(result.account);
      else printKeptAccount(result.account);
      return;
    }
    const { receipt } = result;
    if (json) printJson(receipt);
    else printReceipt(receipt);
    if (receipt.proof === 'unproven') throw new Exit(1);
  });
}

function inputOf(connectedAccountId: string, options: DisconnectOptions): DisconnectInput {
  const { user: userId, undoWindow, keepRecord, revoke, actor, note: why, requestId } = options;
  return {
    userId,
    connectedAccountId,
    ...defined({ undoWindowMs: undoWindow }),
    ...(keepRecord && { keepRecord }),
    ...(!revoke && { revoke }),
    ...defined({ actor, note: why, requestId }),
  };
}

function planLines({
  connectionId,
  connectedAccountId,
  status,
  steps,
  proof,
  siblings,
}: DisconnectPlan) {
  return fieldLines({
    connection: connectionId,
    account: connectedAccountId,
    status: status ?? 'gone',
    steps: steps.join(', ') || 'none',
    proof,
    'may also be revoked': siblings.join(', ') || null,
  });
}

function printReceipt(receipt: DisconnectReceipt): void {
  const { proof, certain, revokedTokens, siblings, statusAfter, times } = receipt;
  printAnswer(
    fieldLines({
      account: receipt.connectedAccountId,
      proof: `${proof}${certain ? '' : ' (not certain)'}`,
      revoked: revokedTokens.join(', ') || null,
      siblings: siblings.join(', ') || null,
      left: statusAfter ?? 'nothing',
      ended: times.ended,
    }),
  );
}

function printKeptAccount({ connectedAccountId, status }: KeptAccount): void {
  printAnswer(fieldLines({ account: connectedAccountId, status: status ?? 'gone' }));
}
