import { describe, expect, it } from 'vitest';
import type { AccountProof } from '../../../../src/domain/access/access.ts';
import {
  onBatchDisconnected,
  onAttemptsCanceled,
  withOffboardListing,
  onOffboardListed,
  newOffboardProgress,
  nextOffboardStep,
  proofsOf,
} from '../../../../src/domain/access/offboard.ts';
import type { OffboardProgress } from '../../../../src/domain/access/state.ts';
import type { DisconnectReceipt } from '../../../../src/domain/disconnect/disconnect.ts';
import { newRevocationProgress } from '../../../../src/domain/disconnect/revocation-progress.ts';
import { accessTimings } from '../../../../src/domain/timings.ts';
import type { LeftAccount } from '../../../../src/domain/access/batches.ts';

/** The limit of one payload: a larger one ends the run. */
const mostBytes = 2 * 1024 * 1024;
const count = 8_000;
const time = '2026-11-21T12:00:00.000Z';
const now = Date.parse(time);
const requestIds = Array.from({ length: 4 }, (_, n) => `req_0123456789abcdef0123456789abcde${n}`);

const accounts: LeftAccount[] = Array.from({ length: count }, (_, n) => ({
  id: `ca_${String(n).padStart(18, '0')}`,
  authConfigId: 'ac_0123456789abcdef01',
  toolkit: 'googlecalendar',
  createdAt: time,
  statusBefore: 'ACTIVE',
}));

/** With texts of the greatest length. */
function receiptOf({ id, authConfigId, toolkit }: LeftAccount): DisconnectReceipt {
  return {
    userId: 'u'.repeat(255),
    connectedAccountId: id,
    authConfigId,
    toolkit,
    proof: 'already_revoked',
    certain: true,
    revokedTokens: ['access_token', 'refresh_token'],
    siblings: [],
    statusAfter: null,
    reason: 'offboarding',
    actor: 'a'.repeat(500),
    note: 'n'.repeat(500),
    times: { asked: time, proven: time, ended: time },
    requestIds,
  };
}

function leftOf(account: LeftAccount): LeftAccount {
  return {
    ...account,
    memory: { ...newRevocationProgress, mayBeOurs: true, failingSince: time, requestIds },
  };
}

/** Lists and disconnects everything. `largest` is the size of the largest state. */
function ended(end: (batch: LeftAccount[]) => Parameters<typeof onBatchDisconnected>[2]) {
  let ending: OffboardProgress = onAttemptsCanceled(newOffboardProgress(now), 0, 0, now);
  let largest = 0;
  const gone = new Set<string>();
  for (;;) {
    const move = nextOffboardStep(ending, now);
    if (move.step === 'list') {
      const rows = accounts.filter(({ id }) => !gone.has(id));
      const from = Number(move.cursor ?? 0);
      const next = from + 500 < rows.length ? String(from + 500) : null;
      const page = { accounts: rows.slice(from, from + 500), next };
      ending = onOffboardListed(ending, page, accessTimings, now);
    } else if (move.step === 'disconnect') {
      for (const batch of move.batches) {
        ending = onBatchDisconnected(ending, batch, end(batch));
        for (const { id } of batch) gone.add(id);
      }
      if (ending.todo.length === 0 && gone.size < count) {
        ending = { ...ending, listing: { cursor: null, began: now } };
      }
    } else return { ending, largest };
    largest = Math.max(largest, JSON.stringify(ending).length);
  }
}

describe('an offboarding of thousands of accounts', () => {
  it('fits into one payload at every moment, and loses no proof', () => {
    const { ending, largest } = ended((batch) => ({ receipts: batch.map(receiptOf), left: [] }));
    expect(largest).toBeLessThan(mostBytes);
    const proofs = proofsOf(ending);
    expect(new Set(proofs.map((one: AccountProof) => one.connectedAccountId)).size).toBe(count);
    expect(proofs.every(({ proof }) => proof === 'already_revoked')).toBe(true);
    expect(proofs[0]).toMatchObject({ requestIds, certain: true });
  });

  it('fits into one payload if no provider answers and each account gets its own run', () => {
    const { ending, largest } = ended((batch) => ({ receipts: [], left: batch.map(leftOf) }));
    expect(largest).toBeLessThan(mostBytes);
    expect(ending.left).toHaveLength(count);
    expect(ending.left[0]?.memory).toMatchObject({ mayBeOurs: true });
  });
});

describe('the last step of an offboarding', () => {
  const list = (ending: OffboardProgress, rows: LeftAccount[], unreadable: string[] = []) =>
    onOffboardListed(
      withOffboardListing(ending, now),
      { accounts: rows, next: null, unreadable },
      accessTimings,
      now,
    );
  const isOver = (ending: OffboardProgress) =>
    nextOffboardStep(withOffboardListing(ending, now), now).step === 'mentions';

  it('comes only after two listings in a row without an account', () => {
    const once = list(onAttemptsCanceled(newOffboardProgress(now), 0, 0, now), []);
    expect(isOver(once)).toBe(false);
    expect(isOver(list(once, []))).toBe(true);
  });

  it('waits for two more listings if the second one shows an account', () => {
    const once = list(onAttemptsCanceled(newOffboardProgress(now), 0, 0, now), []);
    const shown = list(once, accounts.slice(0, 1));
    const settled = onBatchDisconnected(shown, shown.todo, {
      receipts: shown.todo.map(receiptOf),
      left: [],
    });
    expect(isOver(list(settled, []))).toBe(false);
    expect(isOver(list(list(settled, []), []))).toBe(true);
  });

  it('waits, less and less often, while an account cannot be read', () => {
    let ending = onAttemptsCanceled(newOffboardProgress(now), 0, 0, now);
    const delays: number[] = [];
    for (let n = 0; n < 12; n++) {
      ending = list(ending, [], ['ca_odd']);
      expect(isOver(ending)).toBe(false);
      expect(ending.unreadable).toEqual(['ca_odd']);
      delays.push(ending.notBefore - now);
    }
    expect(delays[0]).toBe(accessTimings.endAgainMs);
    expect(delays.at(-1)).toBe(accessTimings.endAgainMaxMs);
    expect(isOver(list(list(ending, []), []))).toBe(true);
  });

  it('names the unreadable accounts of all pages of a listing, and drops them with the next listing', () => {
    const first = onAttemptsCanceled(newOffboardProgress(now), 0, 0, now);
    const pages = [
      { accounts: [], next: 'two', unreadable: ['ca_odd'] },
      { accounts: [], next: null, unreadable: ['ca_odder'] },
    ];
    const whole = pages.reduce(
      (ending, page) => onOffboardListed(ending, page, accessTimings, now),
      first,
    );
    expect(whole.unreadable).toEqual(['ca_odd', 'ca_odder']);
    expect(isOver(whole)).toBe(false);
    expect(list(whole, []).unreadable).toEqual([]);
  });
});
