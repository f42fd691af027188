/** Workflows that hold `account/{id}` while the account stays usable. */
const harmless = ['refreshConnection', 'accountCommand'];

/**
 * Whether a run that holds `account/{id}`, or waits for it as `retire/{id}`, makes the account
 * unusable. An unknown workflow type counts as one that does: a short delay is better than the use
 * of an account that is being disconnected.
 */
export function isUseBlocker(workflowType: string): boolean {
  return !harmless.includes(workflowType);
}
