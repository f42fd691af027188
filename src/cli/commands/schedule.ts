import { existsSync } from 'node:fs';
import { Argument, Command } from 'commander';
import type { MooringClient, ScheduleSummary } from '../../index.ts';
import { parseSchedulesFile } from '../../domain/sweep/schedules-file.ts';
import { ownSchedulesFile } from '../own-package.ts';
import { printList } from '../print-list.ts';
import { readJson } from '../json-file.ts';
import { printNote, toTimeCell, table } from '../print.ts';
import { withClient } from '../with-client.ts';
import { defined } from '../../domain/defined.ts';

const defaultFile = 'mooring.schedules.json';

/** The named file, else the default file here, else the default file of Mooring. */
function fileToApply(named: string | undefined): string {
  if (named !== undefined) return named;
  if (existsSync(defaultFile)) return defaultFile;
  printNote(`no ${defaultFile} here: applying Mooring’s own`);
  return ownSchedulesFile;
}

export function scheduleCommand(): Command {
  const nameArgument = () => new Argument('<name>', 'as `schedule list` prints it');
  const applyCommand = new Command('apply')
    .description('create or update the schedules of a file')
    .argument('[file]', `the file (default: ${defaultFile} here, else Mooring’s own)`)
    .action(applySchedulesFile);
  const listCommand = new Command('list')
    .description('print the schedules (seconds behind)')
    .option('--json', 'print one JSON object per line')
    .action(printSchedules);
  const pauseCommand = new Command('pause')
    .description('start no run until the schedule is resumed')
    .addArgument(nameArgument())
    .option('--reason <text>', 'why; `list` shows it')
    .action((one: string, { reason }: { reason?: string }) =>
      changeSchedule(one, 'is paused', (mooring) => mooring.schedules.pause({ name: one, reason })),
    );
  const resumeCommand = new Command('resume')
    .description('resume a schedule, also after a sweep halted itself')
    .addArgument(nameArgument())
    .option('--reason <text>', 'why; `list` shows it')
    .action((one: string, { reason }: { reason?: string }) =>
      changeSchedule(one, 'is resumed', (mooring) =>
        mooring.schedules.resume({ name: one, reason }),
      ),
    );
  const triggerCommand = new Command('trigger')
    .description('start a run now, unless it is paused or a run is open')
    .addArgument(nameArgument())
    .action((one: string) =>
      changeSchedule(one, 'is triggered', (mooring) => mooring.schedules.trigger(one)),
    );
  const deleteCommand = new Command('delete')
    .description('delete a schedule; an open run continues')
    .addArgument(nameArgument())
    .action((one: string) =>
      changeSchedule(one, 'is deleted', (mooring) => mooring.schedules.delete(one)),
    );
  const schedule = new Command('schedule').description('apply, list and change scheduled sweeps');
  for (const one of [
    applyCommand,
    listCommand,
    pauseCommand,
    resumeCommand,
    triggerCommand,
    deleteCommand,
  ]) {
    schedule.addCommand(one);
  }
  return schedule.helpCommand(false);
}

/**
 * Checks the whole file before it changes the first schedule. Schedules that the file omits stay as
 * they are.
 */
async function applySchedulesFile(named: string | undefined): Promise<void> {
  const schedules = parseSchedulesFile(await readJson(fileToApply(named)));
  await withClient(async (mooring) => {
    for (const one of schedules) {
      const done = await mooring.schedules.apply(one);
      printNote(`${one.name} is ${done}: ${one.mode ?? 'heal'}, ${one.every ?? one.cron}`);
    }
  });
}

async function printSchedules({ json }: { json?: true }): Promise<void> {
  const none = 'no schedules: create them with `mooring schedule apply`';
  const options = { limit: Infinity, ...defined({ json }) };
  await withClient((mooring) => printList(mooring.schedules.list(), options, { tableOf, none }));
}

async function changeSchedule(
  name: string,
  what: string,
  change: (mooring: MooringClient) => Promise<void>,
): Promise<void> {
  await withClient(change);
  printNote(`${name} ${what}`);
}

function tableOf(schedules: readonly ScheduleSummary[]): string {
  return table(
    ['SCHEDULE', 'STATE', 'NEXT', 'LAST', 'NOTE'],
    schedules.map(({ name, paused, nextAt, lastAt, note: said }) => [
      name,
      paused ? 'paused' : 'running',
      toTimeCell(nextAt),
      toTimeCell(lastAt),
      said,
    ]),
  );
}
