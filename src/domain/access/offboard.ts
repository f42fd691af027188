import type { AccountProof, OffboardingReceipt } from './access.ts';
import { type AccessState, type OffboardProgress, toIso, type Offboarding } from './state.ts';
import type { DisconnectReceipt } from '../disconnect/disconnect.ts';
import type { RevocationProof } from '../disconnect/proof.ts';
import type { LeftAccount, ListedAccount, ListedPage } from './batches.ts';

/** The most accounts per activity. */
export const batchSize = 100;
/** The most parallel batches. Each worker process limits its own calls. */
const batchesAtOnce = 10;
/** The most parallel child runs. Temporal allows two thousand per workflow. */
const runsAtOnce = 1_000;
/** The state must fit into one payload of 2 MB when the run is continued: 150 bytes per account. */
const mostListed = 2_000;
/** Half a kilobyte each. Beyond these, the state keeps only the proof: 60 bytes each. */
const mostReceipts = 1_500;
/** Half a kilobyte each. */
const mostMemories = 500;

export type OffboardStep =
  | { step: 'cancelConnects' }
  | { step: 'list'; cursor: string | null }
  | { step: 'disconnect'; batches: LeftAccount[][] }
  | { step: 'handOver'; accounts: LeftAccount[] }
  | { step: 'mentions' }
  | { step: 'wait'; until: number | null };

export function newOffboardProgress(now: number): OffboardProgress {
  return {
    began: now,
    hasCanceledAttempts: false,
    listing: { cursor: null, began: now },
    hasNewAccounts: false,
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

/** Disconnects the listed accounts in batches, and lists again until no account is left. */
export function nextOffboardStep(progress: OffboardProgress, now: number): OffboardStep {
  if (!progress.hasCanceledAttempts) return { step: 'cancelConnects' };
  if (progress.listing !== null) {
    if (now < progress.notBefore) return { step: 'wait', until: progress.notBefore };
    return { step: 'list', cursor: progress.listing.cursor };
  }
  if (progress.todo.length > 0) return { step: 'disconnect', batches: batchesOf(progress.todo) };
  if (progress.left.length > 0) {
    return { step: 'handOver', accounts: progress.left.slice(0, runsAtOnce) };
  }
  return { step: 'mentions' };
}

/** A listing starts when all accounts of the previous listing are settled. */
export function withOffboardListing(progress: OffboardProgress, now: number): OffboardProgress {
  const { listing, todo, left, hasCanceledAttempts } = progress;
  if (!hasCanceledAttempts || listing !== null || todo.length > 0 || left.length > 0)
    return progress;
  if (isOver(progress)) return progress;
  return { ...progress, listing: { cursor: null, began: Math.max(now, progress.notBefore) } };
}

/** Two empty listings in a row, and the last one started after any open link had expired. */
function isOver({ empties, lastBegan, linkUntil }: OffboardProgress): boolean {
  return empties >= 2 && lastBegan >= linkUntil;
}

export function onAttemptsCanceled(
  progress: OffboardProgress,
  attempts: number,
  linkLifeMs: number,
  now: number,
): OffboardProgress {
  const linkUntil = attempts > 0 ? now + linkLifeMs : progress.linkUntil;
  return { ...progress, hasCanceledAttempts: true, linkUntil };
}

/**
 * Applies a page of a listing. An account that is still listed, or cannot be read, counts as not
 * disconnected. An account in `kept` is settled.
 */
export function onOffboardListed(
  progress: OffboardProgress,
  page: ListedPage,
  { linkLifeMs, endAgainMs, endAgainMaxMs }: AccessState['timings'],
  now: number,
): OffboardProgress {
  const { listing } = progress;
  if (listing === null) return progress;
  const known = new Set([...progress.todo, ...progress.busy].map(({ id }) => id));
  const kept = new Set(progress.kept);
  const rows = page.accounts.filter(({ id }) => !known.has(id) && !kept.has(id));
  const ended = new Set(idsOf(proofsOf(progress)));
  const fresh = rows.filter(({ id }) => !ended.has(id));
  const odd = (page.unreadable ?? []).filter((id) => !kept.has(id));
  const earlier = listing.cursor === null ? [] : progress.unreadable;
  const isOpen = fresh.some(({ statusBefore }) => statusBefore.startsWith('INITI'));
  const next: OffboardProgress = {
    ...progress,
    todo: [...progress.todo, ...rows],
    hasNewAccounts: progress.hasNewAccounts || fresh.length > 0,
    unreadable: [...new Set([...earlier, ...odd])],
    linkUntil: isOpen ? now + linkLifeMs : progress.linkUntil,
  };
  if (page.next !== null && next.todo.length < mostListed) {
    return { ...next, listing: { ...listing, cursor: page.next } };
  }
  const todo = [...next.todo, ...next.busy];
  const whole = {
    ...next,
    listing: null,
    todo,
    busy: [],
    hasNewAccounts: false,
    lastBegan: listing.began,
  };
  if (todo.length + next.unreadable.length === 0) {
    const empties = progress.empties + 1;
    const notBefore = empties >= 2 ? next.linkUntil : now;
    return { ...whole, empties, stalls: 0, notBefore };
  }
  const stalls = next.hasNewAccounts ? 0 : progress.stalls + 1;
  const delay = stalls === 0 ? 0 : Math.min(endAgainMs * 2 ** (stalls - 1), endAgainMaxMs);
  return { ...whole, empties: 0, stalls, notBefore: now + delay };
}

export function onBatchDisconnected(
  progress: OffboardProgress,
  batch: readonly LeftAccount[],
  { receipts, left }: { receipts: readonly DisconnectReceipt[]; left: readonly LeftAccount[] },
): OffboardProgress {
  const done = new Set(batch.map(({ id }) => id));
  const todo = progress.todo.filter(({ id }) => !done.has(id));
  const next = withReceipts(progress, receipts);
  const reported = new Set([...left.map(({ id }) => id), ...idsOf(receipts)]);
  // The list returned these as this user's, but a reading showed another owner. They are kept.
  const others = batch.map(({ id }) => id).filter((id) => !reported.has(id));
  const room = Math.max(mostMemories - progress.left.length, 0);
  const rest = left.slice(room).map(withoutProgress);
  return {
    ...next,
    todo,
    left: [...progress.left, ...left.slice(0, room), ...rest],
    kept: [...next.kept, ...others],
  };
}

/**
 * `busy`: another run holds them. Mooring tries again, because that run may not disconnect them.
 */
export function onHandedOver(
  progress: OffboardProgress,
  accounts: readonly LeftAccount[],
  { receipts, busy }: { receipts: readonly DisconnectReceipt[]; busy: readonly LeftAccount[] },
): OffboardProgress {
  const done = new Set(accounts.map(({ id }) => id));
  const left = progress.left.filter(({ id }) => !done.has(id));
  return { ...withReceipts(progress, receipts), left, busy: [...progress.busy, ...busy] };
}

/** The first receipt of an account contains the proof. A later one only reads that it is gone. */
function withReceipts(
  progress: OffboardProgress,
  receipts: readonly DisconnectReceipt[],
): OffboardProgress {
  const known = new Set(idsOf(proofsOf(progress)));
  const fresh = receipts.filter(({ connectedAccountId: id }) => !known.has(id));
  const all = [...progress.receipts, ...fresh.map(toAccountProof)];
  const more = all.slice(mostReceipts).map(({ connectedAccountId, proof }) => ({
    connectedAccountId,
    proof,
  }));
  const kept = fresh.filter(({ statusAfter }) => statusAfter !== null);
  return {
    ...progress,
    receipts: all.slice(0, mostReceipts),
    more: [...progress.more, ...more],
    kept: [...progress.kept, ...idsOf(kept)],
  };
}

function withoutProgress(account: LeftAccount): ListedAccount {
  const { memory: _, ...listing } = account;
  return listing;
}

/** The user, the actor and the reason are stored once, in the whole receipt. */
function toAccountProof(receipt: DisconnectReceipt): AccountProof {
  const { userId: _, actor: _actor, note: _note, reason: _reason, ...proof } = receipt;
  return proof;
}

function idsOf(receipts: readonly { connectedAccountId: string }[]): string[] {
  return receipts.map(({ connectedAccountId }) => connectedAccountId);
}

export function proofsOf({ receipts, more }: OffboardProgress) {
  return [...receipts, ...more];
}

export function receiptOf(
  userId: string,
  { actor, reason, since, block }: Offboarding,
  progress: OffboardProgress,
  mentions: { id: string; list: string }[],
  now: number,
): OffboardingReceipt {
  const accounts = proofsOf(progress);
  const proofs: Partial<Record<RevocationProof, number>> = {};
  for (const { proof } of accounts) proofs[proof] = (proofs[proof] ?? 0) + 1;
  return {
    userId,
    actor,
    reason,
    times: { asked: toIso(since), began: toIso(progress.began), ended: toIso(now) },
    proofs,
    accounts,
    kept: progress.kept,
    mentions,
    blocked: block,
  };
}

function batchesOf(todo: readonly LeftAccount[]): LeftAccount[][] {
  const count = Math.min(Math.ceil(todo.length / batchSize), batchesAtOnce);
  return Array.from({ length: count }, (_, n) => todo.slice(n * batchSize, (n + 1) * batchSize));
}
