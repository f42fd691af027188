import type { AccessOrder, AccessOutcome, AccessPlan } from '../../domain/access/access.ts';
import { type AccessState, mustBePaused } from '../../domain/access/state.ts';
import type { ListedAccount } from '../../domain/access/batches.ts';
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
    return planned({ accounts: mustBePaused(then) ? [] : then.paused });
  }
  if (outcome !== 'started') return planned({ accounts: [] });
  const { userId } = then;
  const { accounts, unreadable } = await everyAccount(userId);
  if (asked === 'lapse') {
    const active = accounts.filter(({ statusBefore }) => statusBefore === 'ACTIVE');
    return planned({ accounts: active, unreadable });
  }
  // Where the API does not say whose an account is, the user's own are among them.
  const own = new Set([...accounts.map(({ id }) => id), ...unreadable]);
  const mentions = await accessing().listSharedMentions({ userId });
  return planned({ accounts, unreadable, mentions: mentions.filter(({ id }) => !own.has(id)) });
}

async function everyAccount(userId: string) {
  const accounts: ListedAccount[] = [];
  const unreadable: string[] = [];
  let next: string | null = null;
  do {
    const place: { cursor?: string } = next === null ? {} : { cursor: next };
    const page = await accessing().listUserAccounts({ userId, ...place });
    accounts.push(...page.accounts);
    unreadable.push(...(page.unreadable ?? []));
    ({ next } = page);
  } while (next !== null);
  return { accounts, unreadable };
}

function planned({
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
