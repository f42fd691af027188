import type { ConnectUserInput } from '../../src/domain/connect/connect.ts';
import { type ConnectionKey, parseConnectionId } from '../../src/domain/ids.ts';
import type { Call, Run } from '../evidence.ts';
import type { Attempt } from './attempts.ts';
import type { AccountRow, Facts } from './facts.ts';

/** The runs that a request is about, in the order in which they started. */
export function runsAsked(call: Call, facts: Facts): Run[] {
  const { runId, workflowId, connectionId } = call.input;
  const { runs } = facts.evidence;
  const accountId = textIn(call, 'connectedAccountId');
  if (runId !== undefined) return runs.filter((run) => run.runId === runId);
  if (workflowId !== undefined) return runs.filter((run) => run.workflowId === workflowId);
  if (accountId !== null) {
    return facts.accountRuns(accountId).sort((a, b) => a.startedAt - b.startedAt);
  }
  const isAboutAccess = connectionId === undefined && call.operation !== 'connectUser';
  if (isAboutAccess) return facts.accessRuns(call.userId ?? '');
  const attempts = attemptsAsked(call, facts).filter(({ isRefused }) => !isRefused);
  return attempts.map(({ run }) => run);
}

/** A text field of the input; null when it is absent. */
export function textIn({ input }: Call, field: string): string | null {
  const value = input[field];
  return typeof value === 'string' ? value : null;
}

export function attemptsAsked(call: Call, facts: Facts): Attempt[] {
  const key = keyOf(call);
  return facts.attempts.filter(
    ({ userId, authConfigId, input }) =>
      userId === key?.userId &&
      authConfigId === key.authConfigId &&
      (input.alias ?? null) === key.alias,
  );
}

export function accountsAsked(call: Call, { evidence }: Facts): AccountRow[] {
  const key = keyOf(call);
  return evidence.accounts.filter(
    ({ userId, authConfigId }) => userId === key?.userId && authConfigId === key.authConfigId,
  );
}

/** The connection that a request is about. */
export function keyOf({ input, userId }: Call): ConnectionKey | null {
  if (typeof input.connectionId === 'string') return parseConnectionId(input.connectionId);
  const { authConfigId, alias = null } = input as Partial<ConnectUserInput>;
  return authConfigId === undefined ? null : { userId: userId ?? '', authConfigId, alias };
}
