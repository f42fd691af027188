import type { Attempt } from './attempts.ts';
import type { AccountRow, Check, Facts } from './facts.ts';
import { isLiving } from './leftovers.ts';
import { isOpen } from './times.ts';

/** Every account that Mooring created is deleted, or an outcome names it and keeps it. */
export const checkAccounts: Check = (facts) => {
  const makers = new Map(
    facts.attempts.flatMap((attempt) => attempt.made.map((id) => [id, attempt] as const)),
  );
  return facts.evidence.accounts.flatMap((row) => {
    const [first] = facts.writes(row.id);
    const isOurs = first?.by === 'api' && (first.op === 'link' || first.op === 'create');
    if (row.deleted || !isOurs || isAccountedFor(row, makers.get(row.id), facts)) return [];
    const runId = makers.get(row.id)?.run.runId;
    const maker = runId === undefined ? 'no attempt' : `attempt ${runId}`;
    const what = `account ${row.id}, which ${maker} made, is still there (${row.status}), and no outcome keeps it`;
    return [{ userId: row.userId, what }];
  });
};

function isAccountedFor(row: AccountRow, maker: Attempt | undefined, facts: Facts): boolean {
  const isHeld = [...facts.accountRuns(row.id), ...facts.retirements(row.id)].some(isOpen);
  const isKept = facts.receipts.some((receipt) => receipt.connectedAccountId === row.id);
  if (isHeld || isKept) return true;
  if (maker === undefined) return false;
  const { run, outcome } = maker;
  if (isOpen(run)) return true;
  const isNamed = outcome?.connectedAccountId === row.id;
  if (isNamed && (outcome.status === 'ACTIVE' || outcome.reason === 'disabled')) return true;
  // `checkLeftovers` reports this account, which is a worse violation.
  return outcome?.status !== 'ACTIVE' && isLiving(row);
}
