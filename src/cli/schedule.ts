import { readFile } from 'node:fs/promises';
import { Argument, Command } from 'commander';
import { MooringError, type MooringClient, type ScheduleSummary } from '../client.ts';
import { parseSchedulesFile } from '../domain/schedules-file.ts';
import { answer, answerJson, note, table } from './print.ts';
import { withClient } from './with-client.ts';

const defaultFile = 'mooring.schedules.json';

export function scheduleCommand(): Command {
  const name = () => new Argument('<name>', 'as `schedule list` prints it');
  const applying = new Command('apply')
    .description('create the schedules of a file, or change them to it')
    .argument('[file]', 'what to apply', defaultFile)
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
async function apply(file: string): Promise<void> {
  const schedules = parseSchedulesFile(await contentOf(file));
  await withClient(async (mooring) => {
    for (const one of schedules) {
      const done = await mooring.schedules.apply(one);
      note(`${one.name} is ${done}: ${one.mode ?? 'heal'}, ${one.every ?? one.cron}`);
    }
  });
}

async function contentOf(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new MooringError('ERR_INVALID_INPUT', `${file} cannot be read`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MooringError('ERR_INVALID_INPUT', `${file} holds no JSON`, { cause });
  }
}

async function list({ json }: { json?: true }): Promise<void> {
  await withClient(async (mooring) => {
    const schedules: ScheduleSummary[] = [];
    for await (const schedule of mooring.schedules.list()) schedules.push(schedule);
    if (json) for (const schedule of schedules) answerJson(schedule);
    else if (schedules.length > 0) answer(tableOf(schedules));
    if (schedules.length === 0)
      note('no schedules: `mooring schedule apply` makes those of a file');
  });
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

function seconds(iso: string | null): string | null {
  return iso === null ? null : `${iso.slice(0, 19)}Z`;
}
