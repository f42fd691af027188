import type { AccessRequest, AccessOutcome, AccessPlan } from '../../domain/access/access.ts';
import { type AccessState, mustBePaused } from '../../domain/access/state.ts';
import type { ListedAccount } from '../../domain/access/batches.ts';
import { accessBatchActivities } from './options.ts';

/** An account takes 150 bytes in the plan. The counts include all accounts. */
const mostPlanned = 2_000;

/** Lists the accounts that a request would change now. `then` is the state after the request. */
export async function readAccessPlan(
  outcome: AccessOutcome,
  asked: AccessRequest['request'],
  then: AccessState,
): Promise<AccessPlan> {
  if (outcome === 'resuming' || outcome === 'canceled') {
    return toPlan({ accounts: mustBePaused(then) ? [] : then.paused });
  }
  if (outcome !== 'started') return toPlan({ accounts: [] });
  const { userId } = then;
  const { accounts, unreadable } = await readAllUserAccounts(userId);
  if (asked === 'lapse') {
    const active = accounts.filter(({ statusBefore }) => statusBefore === 'ACTIVE');
    return toPlan({ accounts: active, unreadable });
  }
  // If the API does not return the user of a row, the user's own accounts are among the mentions
  // too.
  const own = new Set([...accounts.map(({ id }) => id), ...unreadable]);
  const mentions = await accessBatchActivities().listSharedMentions({ userId });
  return toPlan({ accounts, unreadable, mentions: mentions.filter(({ id }) => !own.has(id)) });
}

async function readAllUserAccounts(userId: string) {
  const accounts: ListedAccount[] = [];
  const unreadable: string[] = [];
  let next: string | null = null;
  do {
    const place: { cursor?: string } = next === null ? {} : { cursor: next };
    const page = await accessBatchActivities().listUserAccounts({ userId, ...place });
    accounts.push(...page.accounts);
    unreadable.push(...(page.unreadable ?? []));
    ({ next } = page);
  } while (next !== null);
  return { accounts, unreadable };
}

function toPlan({
  accounts,
  unreadable = [],
  mentions = [],
}: Pick<AccessPlan, 'accounts'> & Partial<AccessPlan>): AccessPlan {
  const statuses: AccessPlan['statuses'] = {};
  for (const { statusBefore } of accounts) {
    statuses[statusBefore] = (statuses[statusBefore] ?? 0) + 1;
  }
  return { accounts: accounts.slice(0, mostPlanned), statuses, unreadable, mentions };
}
