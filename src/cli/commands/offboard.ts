import type { Command } from 'commander';
import type { AccessView, OffboardingReceipt } from '../../index.ts';
import {
  answeredFor,
  answerOrder,
  asked,
  destructive,
  inputOf,
  named,
  ordered,
  type OrderOptions,
  personsInput,
  type PersonsOptions,
} from './access.ts';
import { Exit } from '../exit.ts';
import { followed } from '../followed.ts';
import { duration } from '../options.ts';
import { answer, answerJson, listing, note } from '../print.ts';
import { withClient } from '../with-client.ts';

interface OffboardOptions extends PersonsOptions {
  coolingOff?: number;
  block?: true;
  wait?: true;
}

export function offboardCommand(): Command {
  return answeredFor(destructive('offboard', 'end every account of a user, provably'))
    .option(
      '--cooling-off <time>',
      'disabled for so long, then ended; 0s is at once; default 1h',
      duration,
    )
    .option('--block', 'he connects nothing until `mooring readmit`')
    .option(
      '--wait',
      'wait for the receipt; exits 1 if a proof is `unproven`, or an account is left',
    )
    .action(offboard);
}

export function cancelOffboardCommand(): Command {
  return named('cancel-offboard', 'take an offboarding back while it is cooling off').action(
    (userId: string, options: OrderOptions) =>
      ordered(options, (mooring) => mooring.cancelOffboard(inputOf(userId, options))),
  );
}

export function readmitCommand(): Command {
  return named('readmit', 'let a blocked user connect again').action(
    (userId: string, options: OrderOptions) =>
      ordered(options, (mooring) => mooring.readmit(inputOf(userId, options))),
  );
}

async function offboard(userId: string, options: OffboardOptions): Promise<void> {
  const { coolingOff, block = false, json, wait, dryRun } = options;
  await asked(userId, options, `This ends every account of ${userId}, which nothing brings back.`);
  await withClient(async (mooring) => {
    const order = await mooring.offboardUser({
      ...personsInput(userId, options),
      block,
      ...(coolingOff !== undefined && { coolingOffMs: coolingOff }),
    });
    if (json) answerJson(order);
    else answerOrder(order);
    if (wait === undefined || dryRun) return;
    note('Waiting for the receipt. Ctrl-C ends only the waiting.');
    const access = mooring.access(userId);
    const receipt = await followed(access.result(), () => access.describe(), noted());
    if (json) answerJson(receipt);
    else answerReceipt(receipt);
    const isDead = receipt !== null && (receipt.proofs.unproven ?? 0) === 0;
    if (!isDead || receipt.kept.length > 0) throw new Exit(1);
  });
}

/** How far it is, whenever that has changed. */
function noted(): (view: AccessView) => void {
  let last = '';
  return ({ phase, paused, offboarding }) => {
    const { listed = 0, ended = 0, unreadable = [] } = offboarding ?? {};
    const odd = unreadable.length > 0 ? ` · cannot read ${unreadable.join(', ')}` : '';
    const line = `${phase} · ${paused} disabled · ${ended} of ${listed} ended${odd}`;
    if (line !== last) note(line);
    last = line;
  };
}

function answerReceipt(receipt: OffboardingReceipt | null): void {
  if (receipt === null) {
    answer('canceled');
    return;
  }
  const { times, proofs, accounts, kept, mentions, blocked } = receipt;
  const counts = Object.entries(proofs).map(([proof, n]) => `${n} ${proof}`);
  answer(
    listing({
      user: receipt.userId,
      ended: times.ended,
      accounts: String(accounts.length),
      proofs: counts.join(', ') || null,
      kept: kept.join(', ') || null,
      blocked: blocked ? 'until `mooring readmit`' : null,
    }),
  );
  for (const { id, list } of mentions) note(`${id} of another user names this one in ${list}`);
}
