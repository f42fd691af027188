import type { Check } from './facts.ts';
import { brief } from './text.ts';

/** Every history replays from its first event. */
export const checkReplays: Check = ({ evidence }) =>
  evidence.runs.flatMap(({ workflowId, runId, userId, replayError }) => {
    if (replayError === null) return [];
    const what = `run ${runId} of ${workflowId} does not replay: ${brief(causeIn(replayError))}`;
    return [{ userId, what }];
  });

/** The SDK's message is long. The cause follows the error code. */
function causeIn(replayError: string): string {
  return /\[TMPRL\d+\][^"]*/.exec(replayError)?.[0] ?? replayError;
}
