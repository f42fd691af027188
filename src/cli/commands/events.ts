import { Argument, Command } from 'commander';
import type { EventSummary } from '../../index.ts';
import { answerList } from '../answer-list.ts';
import { Exit } from '../exit.ts';
import { wholeNumber } from '../options.ts';
import { answerJson, note, seconds, stateOf, table } from '../print.ts';
import { withClient } from '../with-client.ts';

interface ListEventsOptions {
  undelivered?: true;
  limit: number;
  json?: true;
}

export function eventsCommand(): Command {
  const listing = new Command('list')
    .description('print events by endpoint, newest first (seconds behind)')
    .option('--undelivered', 'those that no endpoint has taken only')
    .option('--limit <n>', 'at most so many', wholeNumber, 50)
    .option('--json', 'print one JSON object a line')
    .action(list);
  const resending = new Command('resend')
    .description('try to deliver events now; 0 only if all were there')
    .addArgument(new Argument('<events...>', 'as `events list` prints them'))
    .option('--json', 'print one JSON object a line')
    .action(resend);
  const events = new Command('events').description('list what your endpoints were sent, resend it');
  return events.helpCommand(false).addCommand(listing).addCommand(resending);
}

async function list({ undelivered, ...options }: ListEventsOptions): Promise<void> {
  const filter = { ...(undelivered && { undelivered }), limit: options.limit + 1 };
  await withClient((mooring) =>
    answerList(mooring.events.list(filter), options, { tableOf, none: 'no such events' }),
  );
}

async function resend(workflowIds: readonly string[], { json }: { json?: true }): Promise<void> {
  await withClient(async (mooring) => {
    let missed = 0;
    for (const workflowId of workflowIds) {
      const resent = await mooring.events.resend(workflowId);
      if (!resent) missed++;
      if (json) answerJson({ workflowId, resent });
      else note(`${workflowId} ${resent ? 'is sent again' : 'is not open: nothing to resend'}`);
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
      seconds(event.startedAt),
    ]),
  );
}
