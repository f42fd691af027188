import type { Check } from './facts.ts';

/** A user outside of all stories is left alone. */
export const checkBystander: Check = (facts) => {
  const { bystander, runs, deliveries, writes } = facts.evidence;
  const { userId, accountId } = bystander;
  const row = facts.account(accountId);
  const isUsable = row !== undefined && !row.deleted && row.status === 'ACTIVE';
  const whats = [
    ...(isUsable ? [] : [`the account ${accountId} is no longer ACTIVE`]),
    ...(row === undefined || row.grant.refresh === true
      ? []
      : [`the grant of account ${accountId} no longer lives`]),
    ...writes
      .filter((write) => write.by === 'api' && write.userId === userId)
      .map(({ seq, op, accountId }) => `write ${seq} (${op}) changed account ${accountId}`),
    ...deliveries
      .filter((delivery) => delivery.userId === userId || delivery.body.includes(accountId))
      .map(({ n, type }) => `delivery ${n} sent the event ${type}`),
    ...runs
      .filter((run) => run.userId === userId || JSON.stringify(run).includes(accountId))
      .map(({ workflowId, runId }) => `run ${runId} of ${workflowId} names them`),
  ];
  return whats.map((what) => ({ userId, what: `bystander ${userId}: ${what}` }));
};
