import { Command } from 'commander';
import { ownCalls } from '../../client/own-calls.ts';
import type { AccessRequest } from '../../domain/access/access.ts';
import type { AccessAnswer, AccessView, MooringClient, PlannedAccess } from '../../index.ts';
import { durationMs } from '../../domain/sweep/schedule.ts';
import { type ConfirmOptions, requireConfirmation, canPrompt } from '../confirm.ts';
import { duration } from '../options.ts';
import { printAnswer, printJson, type Cell, fieldLines, printNote, table } from '../print.ts';
import { withClient } from '../with-client.ts';
import { defined } from '../../domain/defined.ts';

export interface AccessRequestOptions extends ConfirmOptions {
  actor?: string;
  reason?: string;
  dryRun?: true;
  requestId?: string;
  json?: true;
}

/** For requests that need a responsible person. */
export type AttributedOptions = AccessRequestOptions & { actor: string; reason: string };

export function accessCommand(): Command {
  return new Command('access')
    .description('print the state of a user’s access')
    .argument('<user>', 'your own id of the user')
    .option('--json', 'print it as JSON')
    .action(async (userId: string, { json }: { json?: true }) =>
      withClient(async (mooring) => {
        const view = await mooring.access(userId).view();
        if (json) printJson(view);
        else printAnswer(view === null ? 'open' : fieldLines(viewFields(view)));
      }),
    );
}

export function lapseCommand(): Command {
  return createDestructiveCommand('lapse', 'pause a user whose subscription has lapsed')
    .option('--grace <time>', 'time until accounts are disabled: 90s, 3d; default 72h', duration)
    .action(async (userId: string, options: AccessRequestOptions & { grace?: number }) => {
      const { grace: graceMs } = options;
      await warnAndConfirm(
        userId,
        options,
        `This disables every account of ${userId} after the grace period.`,
      );
      const lapse = { request: 'lapse', ...defined({ graceMs }) } as const;
      await sendAccessRequest({ ...lapse, ...fieldsOf(userId, options) }, options);
    });
}

export function renewCommand(): Command {
  return createUserCommand('renew', 'restore the accounts that a lapse paused').action(
    (userId: string, options: AccessRequestOptions) =>
      sendAccessRequest({ request: 'renew', ...fieldsOf(userId, options) }, options),
  );
}

export function releaseCommand(): Command {
  const command = createDestructiveCommand(
    'release',
    'release a held pause or offboarding, which then continues',
  );
  return requireAttribution(command).action(async (userId: string, options: AttributedOptions) => {
    await warnAndConfirm(userId, options, `This disables or disconnects ${userId}’s accounts.`);
    await sendAccessRequest({ request: 'release', ...fieldsOf(userId, options) }, options);
  });
}

export function adjustCommand(): Command {
  return requireAttribution(
    createDestructiveCommand('adjust', 'change when a grace or a cooling-off ends'),
  )
    .requiredOption('--until <time>', 'ISO 8601, or a time from now: 90s, 2d; 0s is now')
    .action(async (userId: string, options: AttributedOptions & { until: string }) => {
      const ms = durationMs(options.until);
      const until = ms === null ? options.until : new Date(Date.now() + ms).toISOString();
      await withClient(async (mooring) => {
        const due = (await mooring.access(userId).view())?.until ?? null;
        const isSooner = due !== null && Date.parse(until) < Date.parse(due);
        const what = `This disables or disconnects ${userId}’s accounts sooner, not at ${due}.`;
        if (isSooner) await warnAndConfirm(userId, options, what);
        const request = { request: 'adjust', until, ...fieldsOf(userId, options) } as const;
        await requestWith(mooring, request, options);
      });
    });
}

export function createUserCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<user>', 'your own id of the user')
    .option('--actor <who>', 'who asks for it')
    .option('--reason <why>', 'why')
    .option('--dry-run', 'print what it would do, and change nothing')
    .option('--request-id <id>', 'a repeat with the same id gets the first answer')
    .option('--json', 'print the answer as JSON');
}

/** A command that takes access away: on a terminal, it asks for a confirmation. */
export function createDestructiveCommand(name: string, description: string): Command {
  return createUserCommand(name, description)
    .option('--yes', 'do not prompt; needs --confirm')
    .option('--confirm <user>', 'the user’s id again');
}

export function requireAttribution(command: Command): Command {
  for (const flag of ['actor', 'reason']) {
    const option = command.options.find((one) => one.attributeName() === flag);
    if (option === undefined) continue;
    option.makeOptionMandatory();
    option.description += ' (required)';
  }
  return command;
}

export async function warnAndConfirm(
  userId: string,
  options: AccessRequestOptions,
  what: string,
): Promise<void> {
  if (options.dryRun !== undefined) return;
  if (canPrompt(options)) printNote(what);
  await requireConfirmation(userId, options);
}

/** The fields of a request that every command has. */
export function fieldsOf(userId: string, options: AccessRequestOptions) {
  const { actor, reason, dryRun } = options;
  return { userId, ...defined({ actor, reason, dryRun }) };
}

export async function sendAccessRequest(
  request: AccessRequest,
  options: AccessRequestOptions,
): Promise<void> {
  await withClient((mooring) => requestWith(mooring, request, options));
}

export async function requestWith(
  mooring: MooringClient,
  request: AccessRequest,
  { json, requestId }: AccessRequestOptions,
): Promise<void> {
  const result = await mooring[ownCalls].requestAccess(request, requestId);
  if (json) printJson(result);
  else printAccessAnswer(result);
}

function printAccessAnswer(answer: AccessAnswer | PlannedAccess): void {
  const { outcome, phase, until } = answer;
  printAnswer(fieldLines({ outcome, phase, until }));
  if (!('plan' in answer)) return;
  const { accounts, unreadable, mentions } = answer.plan;
  printNote('Nothing was done. It would affect:');
  const rows = accounts.map(({ id, toolkit, statusBefore }) => [id, toolkit, statusBefore]);
  printNote(table(['ACCOUNT', 'TOOLKIT', 'STATUS'], rows));
  for (const id of unreadable) printNote(`account ${id} cannot be read`);
  for (const { id, list } of mentions) printNote(`${id} of another user names the user in ${list}`);
}

function viewFields({ summary, receipt, held, ...view }: AccessView): Record<string, Cell> {
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
    'enabled by others': summary.enabledByOthers.join(', ') || null,
    uncertain: summary.uncertain.join(', ') || null,
    disconnected: offboarding?.listed ? `${offboarding.ended} of ${offboarding.listed}` : null,
    'cannot be read': offboarding?.unreadable.join(', ') || null,
    offboarded: receipt && receipt.times.ended,
  };
}
