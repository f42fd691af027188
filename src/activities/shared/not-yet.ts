import { ApplicationFailure } from '@temporalio/activity';

/** Composio accepted a write but does not show it yet, or something is in the way: Temporal retries. */
export function notYetFailure(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'NOT_YET', message });
}
