import type { AccessOrder, AccessOutcome, AccessPlan } from '../domain/access.ts';
import { type AccessState, mustBePaused } from '../domain/access-state.ts';
import type { ListedAccount } from '../domain/user-access.ts';
import { accessing } from './options.ts';

/** 150 bytes each; the counts count all. */
const mostPlanned = 2_000;

/** What an order would touch, were it given now: what it would come to, and how the user would stand then. */
export async function planOf(
  outcome: AccessOutcome,
  asked: AccessOrder['order'],
  then: AccessState,
): Promise<AccessPlan> {
  if (outcome === 'resuming' || outcome === 'canceled') {
    return planned(mustBePaused(then) ? [] : then.paused);
  }
  if (outcome !== 'started') return planned([]);
  const { userId } = then;
  const rows = await everyAccount(userId);
  if (asked === 'lapse')
    return planned(rows.filter(({ statusBefore }) => statusBefore === 'ACTIVE'));
  return planned(rows, await accessing().listSharedMentions({ userId }));
}

async function everyAccount(userId: string): Promise<ListedAccount[]> {
  const rows: ListedAccount[] = [];
  let next: string | null = null;
  do {
    const place: { cursor?: string } = next === null ? {} : { cursor: next };
    const page = await accessing().listUserAccounts({ userId, ...place });
    rows.push(...page.accounts);
    ({ next } = page);
  } while (next !== null);
  return rows;
}

function planned(accounts: ListedAccount[], mentions: AccessPlan['mentions'] = []): AccessPlan {
  const statuses: AccessPlan['statuses'] = {};
  for (const { statusBefore } of accounts) {
    statuses[statusBefore] = (statuses[statusBefore] ?? 0) + 1;
  }
  return { accounts: accounts.slice(0, mostPlanned), statuses, mentions };
}
