import type { AccountProof, OffboardingReceipt } from '../../src/domain/access/access.ts';
import { type DisconnectReceipt } from '../../src/domain/disconnect/disconnect.ts';
import { isCertain } from '../../src/domain/disconnect/proof.ts';
import type { Evidence } from '../evidence.ts';

/** The proof that one account was disconnected, as a caller or a history has it. */
export interface Receipt extends AccountProof {
  certain: boolean;
}

/** The receipts in histories, and those that callers got. */
export function receiptsOf(evidence: Evidence): Receipt[] {
  const ends = [
    ...evidence.runs.map(({ result }) => receiptIn(result)),
    ...evidence.calls.map(({ value }) => value),
  ].filter((end): end is DisconnectReceipt => has(end, 'proof'));
  const ofUsers = offboardingReceipts(evidence).flatMap(({ accounts }) => accounts);
  return [...ends, ...ofUsers].map((end) => ({
    ...end,
    // An offboarding of thousands of accounts keeps only the proof of each.
    certain: end.certain ?? isCertain(end.proof, ['refresh_token']),
  }));
}

export function offboardingReceipts({ runs, calls }: Evidence): OffboardingReceipt[] {
  const found = [
    ...runs.map(({ result }) => receiptIn(result)),
    ...calls.map(({ value }) => value),
  ];
  return found.filter((receipt): receipt is OffboardingReceipt => has(receipt, 'proofs'));
}

function receiptIn(result: unknown): unknown {
  return has(result, 'receipt') ? (result as { receipt: unknown }).receipt : null;
}

function has(value: unknown, field: string): boolean {
  return typeof value === 'object' && value !== null && field in value;
}
