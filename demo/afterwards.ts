import { isDeepStrictEqual } from 'node:util';
import type { SandboxControl } from '../sandbox/control.ts';
import type { Sandbox } from '../sandbox/index.ts';
import { type ScenarioResult, userPrefix } from './auto.ts';
import type { Backdrop } from './stage.ts';

/** The canary: another user's account that no scenario uses. Reports any write to it. */
export async function canaryComplaints(
  { connectedAccountId, userId }: Sandbox['canary'],
  control: SandboxControl,
): Promise<string[]> {
  const rows = await control.accounts({ userId });
  const canary = rows.find(({ id }) => id === connectedAccountId);
  const writes = await control.writes({ userId });
  const tokens = await control.introspect(connectedAccountId);
  const lives = canary?.status === 'ACTIVE' && !canary.deleted && tokens.refresh === true;
  const untouched = writes.every(({ by }) => by !== 'api');
  return lives && untouched ? [] : [`the canary account of ${userId} was touched`];
}

/** A scenario cannot see what happens after its end. Checks once all are over that nothing did. */
export async function lateComplaints(
  scenarios: ScenarioResult[],
  { sandbox, inbox }: Pick<Backdrop, 'sandbox' | 'inbox'>,
): Promise<string[]> {
  const events = scenarios.flatMap(({ events }) => Object.values(events));
  const told = events.reduce((sum, n) => sum + n, 0);
  const left = scenarios.flatMap(({ left }) => Object.entries(left));
  const found = (await sandbox.accounts())
    .filter(({ deleted, userId }) => !deleted && userId.startsWith(userPrefix))
    .map(({ id, status }): [string, string] => [id, status]);
  return [
    ...(inbox.size === told ? [] : [`${inbox.size} events arrived, not ${told}`]),
    ...(isDeepStrictEqual(new Set(found), new Set(left))
      ? []
      : ['accounts changed after their scenario ended']),
  ];
}
