import { ApiError } from '../composio/errors.ts';
import type { ApiFault } from '../composio/faults.ts';
import { refusalOf } from '../composio/refusals.ts';
import { type ErrorCode, MooringError } from '../domain/errors.ts';

/** What the API threw, as the one error of Mooring's public calls; anything else is left as it is. */
export function asMooringError(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  return new MooringError(codeOf(error), error.message, detailsOf(error));
}

/** Refusals of a tool, with their field or reason; `other_user` and `gone` share a code and tell themselves apart so. */
const refusedTools = new Map<ApiFault | null, { field?: string; reason?: string }>([
  ['no_account', { reason: 'gone' }],
  ['other_user', { reason: 'other_user' }],
  ['user_missing', { field: 'userId' }],
  ['account_expired', { reason: 'expired' }],
  ['account_unusable', { reason: 'unknown' }],
  ['not_shared', { reason: 'not_shared' }],
]);

/** The same for a tool, which nobody may repeat blindly: says whether it may have run. */
export function asToolFailure(error: unknown, connectedAccountId: string): unknown {
  if (!(error instanceof ApiError)) return error;
  const { fault, ambiguous } = error;
  const isNoTool = fault === null && error.isGone;
  const ran = ambiguous ? 'may have run, so look before you repeat it' : 'has not run';
  const message = `the tool ${ran}: ${error.message}`;
  return new MooringError(isNoTool ? 'ERR_INVALID_INPUT' : codeOf(error), message, {
    ...(isNoTool && { field: 'tool' }),
    ...refusedTools.get(fault),
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
