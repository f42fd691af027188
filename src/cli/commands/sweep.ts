import { Command, Option } from 'commander';
import type { AccountFilter, SweepInput, SweepMode, SweepReport } from '../../index.ts';
import { accountStatuses } from '../../domain/account.ts';
import { durationMs } from '../../domain/sweep/schedule.ts';
import { sweepModes } from '../../domain/sweep/sweep.ts';
import { parseSweepInput } from '../../domain/sweep/schemas.ts';
import { Exit } from '../exit.ts';
import { followed } from '../followed.ts';
import { wholeNumber } from '../options.ts';
import { answer, answerJson, listing, note, table } from '../print.ts';
import { ProgressBar } from '../progress.ts';
import { withClient } from '../with-client.ts';

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
  const statuses = new Option('--status <names...>', 'with --mode probe: of these statuses only');
  types.choices(['PRIVATE', 'SHARED', 'ALL']);
  statuses.choices(accountStatuses);
  return new Command('sweep')
    .description('heal, probe or refresh many accounts')
    .addOption(new Option('--mode <mode>', 'default: heal').choices(sweepModes))
    .option('--name <name>', 'one run at a time of each; triggers the schedule of this name')
    .option('--toolkit <slugs...>', 'of these toolkits only')
    .option('--auth-config <ids...>', 'of these auth configs only')
    .option('--user <ids...>', 'of these users only')
    .option('--account <ids...>', 'these accounts (ca_…) only')
    .addOption(types)
    .addOption(statuses)
    .option('--refresh-after <toolkit=time...>', 'with --mode proactive: gmail=30d')
    .option('--harm-limit <n>', 'with --mode proactive: harmed accounts that halt it', wholeNumber)
    .option('--after-halt', 'also when the last sweep of this name has halted itself')
    .option('--wait', 'wait for the end; exits 0 only when it finished and no account failed')
    .option('--json', 'print the answer as JSON')
    .action(sweep);
}

async function sweep(options: SweepOptions): Promise<void> {
  const input = parseSweepInput(inputOf(options));
  const { json = false, afterHalt = false } = options;
  await withClient(async (mooring) => {
    const run = await mooring.startSweep(input, { afterHalt });
    if (options.wait === undefined) {
      if (json) answerJson({ workflowId: run.workflowId });
      else answer(run.workflowId);
      return;
    }
    note(`${run.workflowId}: Ctrl-C ends only the waiting`);
    const progress = new ProgressBar(process.stderr);
    const report = await followed(
      run.result(),
      () => run.view(),
      (view) => progress.show(view),
    ).finally(() => progress.end());
    if (json) answerJson(report);
    else answerReport(report);
    if (report.ended !== 'finished' || (report.outcomes.failed ?? 0) > 0) throw new Exit(1);
  });
}

function inputOf({ name, mode, ...options }: SweepOptions): SweepInput {
  const { toolkit, authConfig, user, account, accountType, status } = options;
  const { refreshAfter, harmLimit } = options;
  const filter = {
    ...(toolkit && { toolkitSlugs: toolkit }),
    ...(authConfig && { authConfigIds: authConfig }),
    ...(user && { userIds: user }),
    ...(account && { connectedAccountIds: account }),
    ...(accountType && { accountType }),
    ...(status && { statuses: status }),
  };
  return {
    name: name ?? mode ?? 'heal',
    ...(mode && { mode }),
    ...(Object.keys(filter).length > 0 && { filter }),
    ...(refreshAfter && { refreshAfter: Object.fromEntries(refreshAfter.map(dueAfter)) }),
    ...(harmLimit !== undefined && { harmLimit }),
  };
}

/** What is no duration becomes 0, which the check of the input refuses by the toolkit's name. */
function dueAfter(text: string): [string, number] {
  const [toolkit = '', time = ''] = text.split('=');
  return [toolkit, durationMs(time) ?? 0];
}

function answerReport(report: SweepReport): void {
  const { ended, seen, pages, statuses, outcomes, hurt, maybeMissed, failures, suspects } = report;
  answer(
    listing({
      sweep: `${report.name} (${report.mode})`,
      ended,
      seen: `${seen} accounts in ${pages} pages`,
      statuses: counted(statuses),
      outcomes: counted(outcomes),
      hurt: hurt.length === 0 ? null : hurt.join(', '),
      'maybe missed': maybeMissed === 0 ? null : `${maybeMissed} at most, which the next run finds`,
    }),
  );
  for (const { toolkit, sick, alike, outcome, reason } of suspects) {
    note(`${toolkit} is suspect: ${alike} of its ${sick} sick end alike (${outcome}, ${reason})`);
  }
  if (failures.length > 0) {
    const rows = failures.map(({ connectedAccountId, toolkit, outcome, reason }) => [
      connectedAccountId,
      toolkit,
      outcome,
      reason,
    ]);
    note(table(['ACCOUNT', 'TOOLKIT', 'OUTCOME', 'REASON'], rows));
  }
}

function counted(counts: Partial<Record<string, number>>): string | null {
  const parts = Object.entries(counts).map(([name, n]) => `${n} ${name}`);
  return parts.length === 0 ? null : parts.join(', ');
}
