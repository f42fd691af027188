import type { ConnectUserRequest, ConnectOutcome } from '../../src/domain/connect/connect.ts';
import { connectionId, tryOf } from '../../src/domain/ids.ts';
import type { Evidence, Run } from '../evidence.ts';

/** One run of `connectUser`. */
export interface Attempt {
  run: Run;
  input: Partial<ConnectUserRequest>;
  userId: string;
  authConfigId: string;
  connectionId: string;
  /** Null while the run is open, and when it ended without an outcome. */
  outcome: ConnectOutcome | null;
  /** The accounts that it created. The alias of each contains the end of the run id. */
  made: string[];
  /** Mooring refused its caller at once, so later callers do not get its outcome. */
  isRefused: boolean;
}

export function attemptsOf({ runs, writes }: Evidence): Attempt[] {
  const creations = writes.filter(
    ({ op, by }) => (op === 'link' || op === 'create') && by === 'api',
  );
  return runs
    .filter(({ type }) => type === 'connectUser')
    .sort((a, b) => a.startedAt - b.startedAt)
    .map((run) => {
      const input = (run.input ?? {}) as Partial<ConnectUserRequest>;
      const userId = input.userId ?? run.userId ?? '';
      const authConfigId = input.authConfigId ?? run.authConfigId ?? '';
      const outcome = run.status === 'COMPLETED' ? asOutcome(run.result) : null;
      const attemptRun = { runId: run.runId, originalRunId: run.runId };
      return {
        run,
        input,
        userId,
        authConfigId,
        connectionId: connectionId({ userId, authConfigId, alias: input.alias ?? null }),
        outcome,
        made: creations
          .filter(({ alias }) => tryOf(alias, attemptRun) !== null)
          .map(({ accountId }) => accountId),
        isRefused: outcome !== null && isRefusal(outcome),
      };
    });
}

export function asOutcome(value: unknown): ConnectOutcome | null {
  const isOutcome =
    typeof value === 'object' && value !== null && 'status' in value && 'reason' in value;
  return isOutcome ? (value as ConnectOutcome) : null;
}

/**
 * A caller that stopped waiting for the API or the workers is not a refusal: the attempt's outcome
 * counts.
 */
function isRefusal({ reason, connectedAccountId, statusReason }: ConnectOutcome): boolean {
  const isAway = ['ERR_API_UNAVAILABLE', 'ERR_WORKER_BUSY'].includes(statusReason ?? '');
  return reason === 'refused' && connectedAccountId === null && !isAway;
}

/** An outcome in words, for a sentence: `FAILED denied`. */
export function wordsOf({ status, reason }: ConnectOutcome): string {
  return reason === null ? status : `${status} ${reason}`;
}
