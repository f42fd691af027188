import { ApiError } from '../composio/errors.ts';
import type { ApiFault } from '../composio/faults.ts';
import { refusalOf } from '../composio/refusals.ts';
import { type ErrorCode, MooringError } from '../domain/errors.ts';
import type { ConnectedAccount, Usability } from '../domain/use/usability.ts';

/**
 * Turns an error of the API into the one error of Mooring's public calls. Returns any other error
 * unchanged.
 */
export function asAccountFailure(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  return new MooringError(codeOf(error), error.message, detailsOf(error));
}

/**
 * The details of each refusal of a tool. `other_user` and `gone` have the same code, so only the
 * reason distinguishes them.
 */
const refusedTools = new Map<ApiFault | null, { field?: string; reason?: string }>([
  ['no_account', { reason: 'gone' }],
  ['other_user', { reason: 'other_user' }],
  ['user_missing', { field: 'userId' }],
  ['account_expired', { reason: 'expired' }],
  ['account_unusable', { reason: 'unknown' }],
  ['not_shared', { reason: 'not_shared' }],
]);

/**
 * The same for a tool. A tool call must not be repeated blindly, so the message says whether the
 * tool may have run.
 */
export function asToolFailure(error: unknown, connectedAccountId: string): unknown {
  if (!(error instanceof ApiError)) return error;
  const { fault, ambiguous } = error;
  const isNoTool = fault === null && error.isGone;
  const ran = ambiguous ? 'may have run, check before you repeat it' : 'has not run';
  const message = `the tool ${ran}: ${error.message}`;
  return new MooringError(isNoTool ? 'ERR_INVALID_INPUT' : codeOf(error), message, {
    ...(isNoTool && { field: 'tool' }),
    ...(!ambiguous && refusedTools.get(fault)),
    connectedAccountId,
    ...detailsOf(error),
    ...(ambiguous && { ambiguous }),
  });
}

function codeOf(error: ApiError): ErrorCode {
  if (error.fault === 'leased') return 'ERR_ACCOUNT_BUSY';
  return refusalOf(error) ?? 'ERR_API_UNAVAILABLE';
}

function detailsOf({ requestId }: ApiError): { requestId?: string } {
  return requestId === null ? {} : { requestId };
}

/** ERR_ACCOUNT_UNUSABLE with the reason, unless the account is usable. */
export function requireUsable(answer: Usability, connectedAccountId: string): void {
  if (answer.usable) return;
  const { reason, hint } = answer;
  const message = `${connectedAccountId} cannot be used (${reason}): ${hint}`;
  throw new MooringError('ERR_ACCOUNT_UNUSABLE', message, { connectedAccountId, reason });
}

export function severalAccountsError(accounts: ConnectedAccount[]): MooringError {
  const connectedAccountIds = accounts.map(({ id }) => id);
  const message = `several accounts match, pass the id of one: ${connectedAccountIds.join(', ')}`;
  return new MooringError('ERR_SEVERAL_ACCOUNTS', message, { connectedAccountIds });
}
