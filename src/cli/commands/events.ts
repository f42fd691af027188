import { Argument, Command } from 'commander';
import type { EventSummary } from '../../index.ts';
import { printList } from '../print-list.ts';
import { Exit } from '../exit.ts';
import { wholeNumber } from '../options.ts';
import { printJson, printNote, toTimeCell, stateOf, table } from '../print.ts';
import { withClient } from '../with-client.ts';
import { defined } from '../../domain/defined.ts';

interface ListEventsOptions {
  undelivered?: true;
  limit: number;
  json?: true;
}

export function eventsCommand(): Command {
  const listCommand = new Command('list')
    .description('print events by endpoint, newest first (seconds behind)')
    .option('--undelivered', 'only events that are not delivered')
    .option('--limit <n>', 'print at most this many', wholeNumber, 50)
    .option('--json', 'print one JSON object per line')
    .action(printEvents);
  const resendCommand = new Command('resend')
    .description('send events again now; exits 0 only if all were found')
    .addArgument(new Argument('<events...>', 'as `events list` prints them'))
    .option('--json', 'print one JSON object per line')
    .action(resendEvents);
  const events = new Command('events').description('list and resend the events of your endpoints');
  return events.helpCommand(false).addCommand(listCommand).addCommand(resendCommand);
}

async function printEvents({ undelivered, ...options }: ListEventsOptions): Promise<void> {
  const filter = { ...defined({ undelivered }), limit: options.limit + 1 };
  await withClient((mooring) =>
    printList(mooring.events.list(filter), options, { tableOf, none: 'no such events' }),
  );
}

async function resendEvents(
  workflowIds: readonly string[],
  { json }: { json?: true },
): Promise<void> {
  await withClient(async (mooring) => {
    let missed = 0;
    for (const workflowId of workflowIds) {
      const resent = await mooring.events.resend(workflowId);
      if (!resent) missed++;
      if (json) printJson({ workflowId, resent });
      else
        printNote(`${workflowId} ${resent ? 'is sent again' : 'is not open: nothing to resend'}`);
    }
    if (missed > 0) throw new Exit(1);
  });
}

function tableOf(events: readonly EventSummary[]): string {
  return table(
    ['EVENT', 'TYPE', 'CONNECTION', 'STATE', 'STARTED'],
    events.map((event) => [
      event.workflowId,
      event.type,
      event.connectionId,
      stateOf(event, event.phase),
      toTimeCell(event.startedAt),
    ]),
  );
}
