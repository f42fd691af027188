import { Command } from 'commander';
import type {
  AccessAnswer,
  AccessView,
  MooringClient,
  OrderInput,
  PersonsOrderInput,
} from '../../index.ts';
import { durationMs } from '../../domain/sweep/schedule.ts';
import { type ConfirmOptions, confirmed, isAsked } from '../confirm.ts';
import { duration } from '../options.ts';
import { answer, answerJson, type Cell, listing, note, table } from '../print.ts';
import { withClient } from '../with-client.ts';

export interface OrderOptions extends ConfirmOptions {
  actor?: string;
  reason?: string;
  dryRun?: true;
  requestId?: string;
  json?: true;
}

/** Of what somebody has to answer for. */
export type PersonsOptions = OrderOptions & { actor: string; reason: string };

export function accessCommand(): Command {
  return new Command('access')
    .description('print where a user’s access stands')
    .argument('<user>', 'your own id of the user')
    .option('--json', 'print it as JSON')
    .action(async (userId: string, { json }: { json?: true }) =>
      withClient(async (mooring) => {
        const view = await mooring.access(userId).describe();
        if (json) answerJson(view);
        else answer(view === null ? 'open' : listing(shown(view)));
      }),
    );
}

export function lapseCommand(): Command {
  return destructive('lapse', 'pause a user whose subscription has lapsed')
    .option('--grace <time>', 'until his accounts are disabled: 90s, 3d; default 72h', duration)
    .action(async (userId: string, options: OrderOptions & { grace?: number }) => {
      const { grace: graceMs } = options;
      await asked(userId, options, `This disables every account of ${userId} after the grace.`);
      const input = { ...inputOf(userId, options), ...(graceMs !== undefined && { graceMs }) };
      await ordered(options, (mooring) => mooring.lapseSubscription(input));
    });
}

export function renewCommand(): Command {
  return named('renew', 'give back what a lapse has disabled').action(
    (userId: string, options: OrderOptions) =>
      ordered(options, (mooring) => mooring.renewSubscription(inputOf(userId, options))),
  );
}

export function releaseCommand(): Command {
  const releasing = destructive('release', 'let go on what is held, as too many were at once');
  return answeredFor(releasing).action(async (userId: string, options: PersonsOptions) => {
    await asked(userId, options, `This disables or ends every account of ${userId}.`);
    await ordered(options, (mooring) => mooring.releaseAccess(personsInput(userId, options)));
  });
}

export function adjustCommand(): Command {
  return answeredFor(destructive('adjust', 'have a grace or a cooling-off end at another time'))
    .requiredOption('--until <time>', 'ISO 8601, or from now: 90s, 2d; 0s is now')
    .action((userId: string, options: PersonsOptions & { until: string }) => {
      const ms = durationMs(options.until);
      const until = ms === null ? options.until : new Date(Date.now() + ms).toISOString();
      const input = { ...personsInput(userId, options), until };
      return ordered(options, async (mooring) => {
        const due = (await mooring.access(userId).describe())?.until ?? null;
        const isSooner = due !== null && Date.parse(until) < Date.parse(due);
        const what = `This disables or ends every account of ${userId} sooner, not at ${due}.`;
        if (isSooner) await asked(userId, options, what);
        return mooring.adjustAccess(input);
      });
    });
}

export function named(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<user>', 'your own id of the user')
    .option('--actor <who>', 'who asks for it')
    .option('--reason <why>', 'why')
    .option('--dry-run', 'answer what would come of it, and touch nothing')
    .option('--request-id <id>', 'a repeat with the same id gets the first answer')
    .option('--json', 'print the answer as JSON');
}

/** What takes something away asks on a terminal. */
export function destructive(name: string, description: string): Command {
  return named(name, description)
    .option('--yes', 'do not ask; needs --confirm')
    .option('--confirm <user>', 'the user’s id once more');
}

export function answeredFor(command: Command): Command {
  for (const flag of ['actor', 'reason']) {
    const option = command.options.find((one) => one.attributeName() === flag);
    if (option === undefined) continue;
    option.makeOptionMandatory();
    option.description += ' (needed)';
  }
  return command;
}

export async function asked(userId: string, options: OrderOptions, what: string): Promise<void> {
  if (options.dryRun !== undefined) return;
  if (isAsked(options)) note(what);
  await confirmed(userId, options);
}

export function inputOf(userId: string, options: OrderOptions): OrderInput {
  const { actor, reason, dryRun, requestId } = options;
  return {
    userId,
    ...(actor !== undefined && { actor }),
    ...(reason !== undefined && { reason }),
    ...(dryRun && { dryRun }),
    ...(requestId !== undefined && { requestId }),
  };
}

export function personsInput(userId: string, options: PersonsOptions): PersonsOrderInput {
  const { actor, reason } = options;
  return { ...inputOf(userId, options), actor, reason };
}

export async function ordered(
  { json }: OrderOptions,
  call: (mooring: MooringClient) => Promise<AccessAnswer>,
): Promise<void> {
  await withClient(async (mooring) => {
    const given = await call(mooring);
    if (json) answerJson(given);
    else answerOrder(given);
  });
}

export function answerOrder({ outcome, phase, until, plan }: AccessAnswer): void {
  answer(listing({ outcome, phase, until }));
  if (plan === undefined) return;
  const { accounts, unreadable, mentions } = plan;
  note('Nothing was done. It would touch:');
  const rows = accounts.map(({ id, toolkit, statusBefore }) => [id, toolkit, statusBefore]);
  note(table(['ACCOUNT', 'TOOLKIT', 'STATUS'], rows));
  for (const id of unreadable) note(`${id} cannot be read`);
  for (const { id, list } of mentions) note(`${id} of another user names this one in ${list}`);
}

function shown({ summary, receipt, held, ...view }: AccessView): Record<string, Cell> {
  const { phase, since, until, actor, reason, adjusted, paused, offboarding } = view;
  return {
    phase,
    since,
    until,
    by: actor,
    reason,
    adjusted: adjusted && `by ${adjusted.actor ?? '-'}: ${adjusted.reason ?? '-'}`,
    held: held && (held.count === null ? held.because : `${held.count} in an hour`),
    disabled: String(paused),
    'enabled by hand': summary.enabledByHand.join(', ') || null,
    uncertain: summary.uncertain.join(', ') || null,
    ended: offboarding?.listed ? `${offboarding.ended} of ${offboarding.listed}` : null,
    'cannot be read': offboarding?.unreadable.join(', ') || null,
    offboarded: receipt && receipt.times.ended,
  };
}
