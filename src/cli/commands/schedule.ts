import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Argument, Command } from 'commander';
import type { MooringClient, ScheduleSummary } from '../../index.ts';
import { parseSchedulesFile } from '../../domain/sweep/schedules-file.ts';
import { answerList } from '../answer-list.ts';
import { readJson } from '../json-file.ts';
import { note, seconds, table } from '../print.ts';
import { withClient } from '../with-client.ts';

const defaultFile = 'mooring.schedules.json';

/** If there is no such file here, the one that comes with Mooring. */
function fileToApply(named: string | undefined): string {
  if (named !== undefined) return named;
  if (existsSync(defaultFile)) return defaultFile;
  const root = dirname(createRequire(import.meta.url).resolve('mooring/package.json'));
  note(`no ${defaultFile} here: applying the one that comes with Mooring`);
  return join(root, defaultFile);
}

export function scheduleCommand(): Command {
  const name = () => new Argument('<name>', 'as `schedule list` prints it');
  const applying = new Command('apply')
    .description('create the schedules of a file, or change them to it')
    .argument('[file]', `what to apply (default: ${defaultFile} here, else the one of Mooring)`)
    .action(apply);
  const listing = new Command('list')
    .description('print the schedules (seconds behind)')
    .option('--json', 'print one JSON object a line')
    .action(list);
  const pausing = new Command('pause')
    .description('start no further run until it is resumed')
    .addArgument(name())
    .option('--reason <text>', 'why; `list` shows it')
    .action((one: string, { reason }: { reason?: string }) =>
      changed(one, 'is paused', (mooring) => mooring.schedules.pause(one, reason)),
    );
  const resuming = new Command('resume')
    .description('go on, also after a sweep has halted itself')
    .addArgument(name())
    .option('--reason <text>', 'why; `list` shows it')
    .action((one: string, { reason }: { reason?: string }) =>
      changed(one, 'is resumed', (mooring) => mooring.schedules.resume(one, reason)),
    );
  const triggering = new Command('trigger')
    .description('fire it now, unless it is paused or a run of it is open')
    .addArgument(name())
    .action((one: string) =>
      changed(one, 'is triggered', (mooring) => mooring.schedules.trigger(one)),
    );
  const deleting = new Command('delete')
    .description('take it away; a run that is open goes on')
    .addArgument(name())
    .action((one: string) =>
      changed(one, 'is deleted', (mooring) => mooring.schedules.delete(one)),
    );
  const schedule = new Command('schedule').description('sweeps that come again and again');
  for (const one of [applying, listing, pausing, resuming, triggering, deleting]) {
    schedule.addCommand(one);
  }
  return schedule.helpCommand(false);
}

/** The whole file is checked before the first schedule is changed. What it does not name is left alone. */
async function apply(named: string | undefined): Promise<void> {
  const schedules = parseSchedulesFile(await readJson(fileToApply(named)));
  await withClient(async (mooring) => {
    for (const one of schedules) {
      const done = await mooring.schedules.apply(one);
      note(`${one.name} is ${done}: ${one.mode ?? 'heal'}, ${one.every ?? one.cron}`);
    }
  });
}

async function list({ json }: { json?: true }): Promise<void> {
  const none = 'no schedules: `mooring schedule apply` makes those of a file';
  const options = { limit: Infinity, ...(json && { json }) };
  await withClient((mooring) => answerList(mooring.schedules.list(), options, { tableOf, none }));
}

async function changed(
  name: string,
  what: string,
  change: (mooring: MooringClient) => Promise<void>,
): Promise<void> {
  await withClient(change);
  note(`${name} ${what}`);
}

function tableOf(schedules: readonly ScheduleSummary[]): string {
  return table(
    ['SCHEDULE', 'STATE', 'NEXT', 'LAST', 'NOTE'],
    schedules.map(({ name, paused, nextAt, lastAt, note: said }) => [
      name,
      paused ? 'paused' : 'running',
      seconds(nextAt),
      seconds(lastAt),
      said,
    ]),
  );
}
