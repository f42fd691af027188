import { Command, Option } from 'commander';
import type { AccountFilter, SweepInput, SweepMode, SweepReport } from '../../index.ts';
import { accountStatuses } from '../../domain/account.ts';
import { durationMs } from '../../domain/sweep/schedule.ts';
import { sweepModes } from '../../domain/sweep/sweep.ts';
import { parseSweepInput } from '../../domain/sweep/schemas.ts';
import { Exit } from '../exit.ts';
import { followResult } from '../follow-result.ts';
import { wholeNumber } from '../options.ts';
import { printAnswer, printJson, fieldLines, printNote, table } from '../print.ts';
import { ProgressBar } from '../progress.ts';
import { withClient } from '../with-client.ts';
import { defined } from '../../domain/defined.ts';

interface SweepOptions {
  name?: string;
  mode?: SweepMode;
  toolkit?: string[];
  authConfig?: string[];
  user?: string[];
  account?: string[];
  accountType?: AccountFilter['accountType'];
  status?: AccountFilter['statuses'];
  refreshAfter?: string[];
  harmLimit?: number;
  afterHalt?: true;
  wait?: true;
  json?: true;
}

export function sweepCommand(): Command {
  const types = new Option('--account-type <type>', 'default: ALL');
  const statuses = new Option('--status <names...>', 'with --mode probe: only of these statuses');
  types.choices(['PRIVATE', 'SHARED', 'ALL']);
  statuses.choices(accountStatuses);
  return new Command('sweep')
    .description('heal, probe or refresh many accounts')
    .addOption(new Option('--mode <mode>', 'default: heal').choices(sweepModes))
    .option('--name <name>', 'one run at a time per name; triggers its schedule, if any')
    .option('--toolkit <slugs...>', 'only of these toolkits')
    .option('--auth-config <ids...>', 'only of these auth configs')
    .option('--user <ids...>', 'only of these users')
    .option('--account <ids...>', 'only these accounts (ca_…)')
    .addOption(types)
    .addOption(statuses)
    .option('--refresh-after <toolkit=time...>', 'with --mode proactive: for example gmail=30d')
    .option('--harm-limit <n>', 'with --mode proactive: halt at so many harmed', wholeNumber)
    .option('--after-halt', 'also if the last sweep of this name halted itself')
    .option('--wait', 'wait for the report; exits 0 only if it finished and no account failed')
    .option('--json', 'print the answer as JSON')
    .action(sweepAccounts);
}

async function sweepAccounts(options: SweepOptions): Promise<void> {
  const input = parseSweepInput(inputOf(options));
  const { json = false, afterHalt = false } = options;
  await withClient(async (mooring) => {
    const run = await mooring.sweeps.start(input, { afterHalt });
    if (options.wait === undefined) {
      if (json) printJson({ workflowId: run.workflowId });
      else printAnswer(run.workflowId);
      return;
    }
    printNote(`${run.workflowId}: Ctrl-C stops only the waiting`);
    const progress = new ProgressBar(process.stderr);
    const report = await followResult(
      run.result(),
      () => run.view(),
      (view) => progress.show(view),
    ).finally(() => progress.clearLine());
    if (json) printJson(report);
    else printReport(report);
    if (report.ended !== 'finished' || (report.outcomes.failed ?? 0) > 0) throw new Exit(1);
  });
}

function inputOf({ name, mode, ...options }: SweepOptions): SweepInput {
  const { toolkit, authConfig, user, account, accountType, status } = options;
  const { refreshAfter, harmLimit } = options;
  const filter = {
    ...defined({
      toolkitSlugs: toolkit,
      authConfigIds: authConfig,
      userIds: user,
      connectedAccountIds: account,
      accountType,
      statuses: status,
    }),
  };
  return {
    name: name ?? mode ?? 'heal',
    ...defined({ mode }),
    ...(Object.keys(filter).length > 0 && { filter }),
    ...(refreshAfter && { refreshAfter: Object.fromEntries(refreshAfter.map(toRefreshAfter)) }),
    ...defined({ harmLimit }),
  };
}

/** A text that is no duration becomes 0: the input check refuses it and names the toolkit. */
function toRefreshAfter(text: string): [string, number] {
  const [toolkit = '', time = ''] = text.split('=');
  return [toolkit, durationMs(time) ?? 0];
}

function printReport(report: SweepReport): void {
  const { ended, seen, pages, statuses, outcomes, hurt, maybeMissed, failures, suspects } = report;
  printAnswer(
    fieldLines({
      sweep: `${report.name} (${report.mode})`,
      ended,
      seen: `${seen} accounts in ${pages} pages`,
      statuses: countsText(statuses),
      outcomes: countsText(outcomes),
      hurt: hurt.length === 0 ? null : hurt.join(', '),
      'maybe missed': maybeMissed === 0 ? null : `${maybeMissed} at most; the next run finds them`,
    }),
  );
  for (const { toolkit, sick, alike, outcome, reason } of suspects) {
    printNote(
      `${toolkit} is suspect: ${alike} of ${sick} sick accounts ended with ${outcome} (${reason})`,
    );
  }
  if (failures.length > 0) {
    const rows = failures.map(({ connectedAccountId, toolkit, outcome, reason }) => [
      connectedAccountId,
      toolkit,
      outcome,
      reason,
    ]);
    printNote(table(['ACCOUNT', 'TOOLKIT', 'OUTCOME', 'REASON'], rows));
  }
}

function countsText(counts: Partial<Record<string, number>>): string | null {
  const parts = Object.entries(counts).map(([name, n]) => `${n} ${name}`);
  return parts.length === 0 ? null : parts.join(', ');
}
