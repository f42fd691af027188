import type { AccountProof, OffboardingReceipt } from './access.ts';
import { type AccessState, type Ending, iso, type Offboarding } from './state.ts';
import type { EndReceipt, Proof } from '../disconnect/disconnect.ts';
import type { LeftAccount, ListedAccount, ListedPage } from './batches.ts';

/** As many as an activity takes at once. */
export const batchSize = 100;
/** Batches at work at once: how many calls they make is bounded by the process that makes them. */
const batchesAtOnce = 10;
/** Runs of their own at once; a workflow may have two thousand children. */
const runsAtOnce = 1_000;
/** What stands in the state has to fit in one payload of 2 MB when the run is continued: 150 bytes each. */
const mostListed = 2_000;
/** Half a kilobyte each. Beyond these only what was proven is kept: 60 bytes each. */
const mostReceipts = 1_500;
/** Half a kilobyte each, too. */
const mostMemories = 500;

export type EndMove =
  | { move: 'hurry' }
  | { move: 'list'; cursor: string | null }
  | { move: 'end'; batches: LeftAccount[][] }
  | { move: 'handOver'; accounts: LeftAccount[] }
  | { move: 'mentions' }
  | { move: 'wait'; until: number | null };

export function newEnding(now: number): Ending {
  return {
    began: now,
    hurried: false,
    listing: { cursor: null, began: now },
    fresh: false,
    lastBegan: 0,
    empties: 0,
    stalls: 0,
    notBefore: now,
    unreadable: [],
    linkUntil: now,
    todo: [],
    left: [],
    busy: [],
    receipts: [],
    more: [],
    kept: [],
  };
}

/** Ends what a listing has shown, batch by batch, and lists again until nothing is left. */
export function nextEndMove(ending: Ending, now: number): EndMove {
  if (!ending.hurried) return { move: 'hurry' };
  if (ending.listing !== null) {
    if (now < ending.notBefore) return { move: 'wait', until: ending.notBefore };
    return { move: 'list', cursor: ending.listing.cursor };
  }
  if (ending.todo.length > 0) return { move: 'end', batches: batchesOf(ending.todo) };
  if (ending.left.length > 0) {
    return { move: 'handOver', accounts: ending.left.slice(0, runsAtOnce) };
  }
  return { move: 'mentions' };
}

/** A listing begins when everything that the one before it has shown is settled. */
export function listAgain(ending: Ending, now: number): Ending {
  const { listing, todo, left, hurried } = ending;
  if (!hurried || listing !== null || todo.length > 0 || left.length > 0) return ending;
  if (isOver(ending)) return ending;
  return { ...ending, listing: { cursor: null, began: Math.max(now, ending.notBefore) } };
}

/** Nothing left, twice, and once after the last link that may have been open has ended. */
function isOver({ empties, lastBegan, linkUntil }: Ending): boolean {
  return empties >= 2 && lastBegan >= linkUntil;
}

export function hurried(ending: Ending, attempts: number, linkLifeMs: number, now: number): Ending {
  const linkUntil = attempts > 0 ? now + linkLifeMs : ending.linkUntil;
  return { ...ending, hurried: true, linkUntil };
}

/**
 * Takes a page of a listing. What was ended and is still shown counts as not ended, and so does what cannot be
 * read; what was kept is settled.
 */
export function listed(
  ending: Ending,
  page: ListedPage,
  { linkLifeMs, endAgainMs, endAgainMaxMs }: AccessState['timings'],
  now: number,
): Ending {
  const { listing } = ending;
  if (listing === null) return ending;
  const known = new Set([...ending.todo, ...ending.busy].map(({ id }) => id));
  const kept = new Set(ending.kept);
  const rows = page.accounts.filter(({ id }) => !known.has(id) && !kept.has(id));
  const ended = new Set(idsOf(proofsOf(ending)));
  const fresh = rows.filter(({ id }) => !ended.has(id));
  const odd = (page.unreadable ?? []).filter((id) => !kept.has(id));
  const earlier = listing.cursor === null ? [] : ending.unreadable;
  const isOpen = fresh.some(({ statusBefore }) => statusBefore.startsWith('INITI'));
  const next: Ending = {
    ...ending,
    todo: [...ending.todo, ...rows],
    fresh: ending.fresh || fresh.length > 0,
    unreadable: [...new Set([...earlier, ...odd])],
    linkUntil: isOpen ? now + linkLifeMs : ending.linkUntil,
  };
  if (page.next !== null && next.todo.length < mostListed) {
    return { ...next, listing: { ...listing, cursor: page.next } };
  }
  const todo = [...next.todo, ...next.busy];
  const whole = { ...next, listing: null, todo, busy: [], fresh: false, lastBegan: listing.began };
  if (todo.length + next.unreadable.length === 0) {
    const empties = ending.empties + 1;
    const notBefore = empties >= 2 ? next.linkUntil : now;
    return { ...whole, empties, stalls: 0, notBefore };
  }
  const stalls = next.fresh ? 0 : ending.stalls + 1;
  const delay = stalls === 0 ? 0 : Math.min(endAgainMs * 2 ** (stalls - 1), endAgainMaxMs);
  return { ...whole, empties: 0, stalls, notBefore: now + delay };
}

export function batchEnded(
  ending: Ending,
  batch: readonly LeftAccount[],
  { receipts, left }: { receipts: readonly EndReceipt[]; left: readonly LeftAccount[] },
): Ending {
  const done = new Set(batch.map(({ id }) => id));
  const todo = ending.todo.filter(({ id }) => !done.has(id));
  const next = withReceipts(ending, receipts);
  const told = new Set([...left.map(({ id }) => id), ...idsOf(receipts)]);
  // Listed as this user's, and read as another's: never written to, so it stays.
  const others = batch.map(({ id }) => id).filter((id) => !told.has(id));
  const room = Math.max(mostMemories - ending.left.length, 0);
  const rest = left.slice(room).map(withoutMemory);
  return {
    ...next,
    todo,
    left: [...ending.left, ...left.slice(0, room), ...rest],
    kept: [...next.kept, ...others],
  };
}

/** `busy`: another run holds them. They are tried again, since whoever holds them may leave them. */
export function handedOver(
  ending: Ending,
  accounts: readonly LeftAccount[],
  { receipts, busy }: { receipts: readonly EndReceipt[]; busy: readonly LeftAccount[] },
): Ending {
  const done = new Set(accounts.map(({ id }) => id));
  const left = ending.left.filter(({ id }) => !done.has(id));
  return { ...withReceipts(ending, receipts), left, busy: [...ending.busy, ...busy] };
}

/** The first receipt of an account is the one that tells what was proven; a later one reads it gone. */
function withReceipts(ending: Ending, receipts: readonly EndReceipt[]): Ending {
  const known = new Set(idsOf(proofsOf(ending)));
  const fresh = receipts.filter(({ connectedAccountId: id }) => !known.has(id));
  const all = [...ending.receipts, ...fresh.map(withoutCommon)];
  const more = all.slice(mostReceipts).map(({ connectedAccountId, proof }) => ({
    connectedAccountId,
    proof,
  }));
  const kept = fresh.filter(({ statusAfter }) => statusAfter !== null);
  return {
    ...ending,
    receipts: all.slice(0, mostReceipts),
    more: [...ending.more, ...more],
    kept: [...ending.kept, ...idsOf(kept)],
  };
}

function withoutMemory(account: LeftAccount): ListedAccount {
  const { memory: _, ...listing } = account;
  return listing;
}

/** Whose it was, who has asked and why stand once, at the top of the whole receipt. */
function withoutCommon(receipt: EndReceipt): AccountProof {
  const { userId: _, actor: _actor, note: _note, reason: _reason, ...proof } = receipt;
  return proof;
}

function idsOf(receipts: readonly { connectedAccountId: string }[]): string[] {
  return receipts.map(({ connectedAccountId }) => connectedAccountId);
}

export function proofsOf({ receipts, more }: Ending) {
  return [...receipts, ...more];
}

export function receiptOf(
  userId: string,
  { actor, reason, since, block }: Offboarding,
  ending: Ending,
  mentions: { id: string; list: string }[],
  now: number,
): OffboardingReceipt {
  const accounts = proofsOf(ending);
  const proofs: Partial<Record<Proof, number>> = {};
  for (const { proof } of accounts) proofs[proof] = (proofs[proof] ?? 0) + 1;
  return {
    userId,
    actor,
    reason,
    times: { asked: iso(since), began: iso(ending.began), ended: iso(now) },
    proofs,
    accounts,
    kept: ending.kept,
    mentions,
    blocked: block,
  };
}

function batchesOf(todo: readonly LeftAccount[]): LeftAccount[][] {
  const count = Math.min(Math.ceil(todo.length / batchSize), batchesAtOnce);
  return Array.from({ length: count }, (_, n) => todo.slice(n * batchSize, (n + 1) * batchSize));
}
