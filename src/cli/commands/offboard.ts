import type { Command } from 'commander';
import type { AccessView, OffboardingReceipt } from '../../index.ts';
import {
  requireAttribution,
  requestWith,
  warnAndConfirm,
  createDestructiveCommand,
  fieldsOf,
  createUserCommand,
  sendAccessRequest,
  type AccessRequestOptions,
  type AttributedOptions,
} from './access.ts';
import { Exit } from '../exit.ts';
import { followResult } from '../follow-result.ts';
import { duration } from '../options.ts';
import { printAnswer, printJson, fieldLines, printNote } from '../print.ts';
import { withClient } from '../with-client.ts';
import { defined } from '../../domain/defined.ts';

interface OffboardOptions extends AttributedOptions {
  coolingOff?: number;
  block?: true;
  wait?: true;
}

export function offboardCommand(): Command {
  return requireAttribution(
    createDestructiveCommand('offboard', 'disconnect every account of a user, with a receipt'),
  )
    .option(
      '--cooling-off <time>',
      'disable the accounts now, disconnect them after this time; 0s for at once; default 1h',
      duration,
    )
    .option('--block', 'the user cannot connect until `mooring readmit`')
    .option(
      '--wait',
      'wait for the receipt; exits 1 if a proof is `unproven` or an account is left',
    )
    .action(offboardUser);
}

export function cancelOffboardCommand(): Command {
  return createUserCommand(
    'cancel-offboard',
    'cancel an offboarding during its cooling-off',
  ).action((userId: string, options: AccessRequestOptions) =>
    sendAccessRequest({ request: 'cancelOffboard', ...fieldsOf(userId, options) }, options),
  );
}

export function readmitCommand(): Command {
  return createUserCommand('readmit', 'allow a blocked user to connect again').action(
    (userId: string, options: AccessRequestOptions) =>
      sendAccessRequest({ request: 'readmit', ...fieldsOf(userId, options) }, options),
  );
}

async function offboardUser(userId: string, options: OffboardOptions): Promise<void> {
  const { coolingOff, block = false, json, wait, dryRun } = options;
  await warnAndConfirm(
    userId,
    options,
    `This disconnects every account of ${userId}. It cannot be undone.`,
  );
  await withClient(async (mooring) => {
    const fields = { block, ...defined({ coolingOffMs: coolingOff }) };
    const request = { request: 'offboard', ...fields, ...fieldsOf(userId, options) } as const;
    await requestWith(mooring, request, options);
    if (wait === undefined || dryRun) return;
    printNote('Waiting for the receipt. Ctrl-C stops only the waiting.');
    const access = mooring.access(userId);
    const receipt = await followResult(
      access.result(),
      () => access.view(),
      createProgressPrinter(),
    );
    if (json) printJson(receipt);
    else printReceipt(receipt);
    const isDead = receipt !== null && (receipt.proofs.unproven ?? 0) === 0;
    if (!isDead || receipt.kept.length > 0) throw new Exit(1);
  });
}

/** Prints the progress each time it has changed. */
function createProgressPrinter(): (view: AccessView) => void {
  let last = '';
  return ({ phase, paused, offboarding }) => {
    const { listed = 0, ended = 0, unreadable = [] } = offboarding ?? {};
    const odd = unreadable.length > 0 ? ` · cannot read ${unreadable.join(', ')}` : '';
    const line = `${phase} · ${paused} disabled · ${ended} of ${listed} disconnected${odd}`;
    if (line !== last) printNote(line);
    last = line;
  };
}

function printReceipt(receipt: OffboardingReceipt | null): void {
  if (receipt === null) {
    printAnswer('canceled');
    return;
  }
  const { times, proofs, accounts, kept, mentions, blocked } = receipt;
  const counts = Object.entries(proofs).map(([proof, n]) => `${n} ${proof}`);
  printAnswer(
    fieldLines({
      user: receipt.userId,
      ended: times.ended,
      accounts: String(accounts.length),
      proofs: counts.join(', ') || null,
      kept: kept.join(', ') || null,
      blocked: blocked ? 'until `mooring readmit`' : null,
    }),
  );
  for (const { id, list } of mentions) printNote(`${id} of another user names the user in ${list}`);
}
