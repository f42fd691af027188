/** Workflows that hold `account/{id}` and leave the account in use. */
const harmless = ['refreshConnection', 'accountCommand'];

/**
 * Whether a run that holds `account/{id}`, or waits for it as `retire/{id}`, takes the account out of use. A kind that is new here is taken
 * for one that does: an account is used a little later, rather than while it is being ended.
 */
export function takesOutOfUse(workflowType: string): boolean {
  return !harmless.includes(workflowType);
}
