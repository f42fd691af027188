import type { ErrorCode } from '../domain/errors.ts';
import type { ApiError } from './errors.ts';
import type { ApiFault } from './faults.ts';

/** The error code that the caller gets for each reason; null if a retry may succeed. */
const codesOfFaults: Record<ApiFault, ErrorCode | null> = {
  alias_in_use: 'ERR_ALIAS_IN_USE',
  managed_oauth_retired: 'ERR_ENDPOINT_RETIRED',
  credentials_rejected: 'ERR_CREDENTIALS_REJECTED',
  missing_fields: 'ERR_MISSING_FIELDS',
  acl_on_private: 'ERR_INVALID_INPUT',
  leased: null,
  invalid_transition: 'ERR_ACCOUNT_UNUSABLE',
  no_account: 'ERR_ACCOUNT_NOT_FOUND',
  user_missing: 'ERR_INVALID_INPUT',
  other_user: 'ERR_ACCOUNT_NOT_FOUND',
  account_expired: 'ERR_ACCOUNT_UNUSABLE',
  account_unusable: 'ERR_ACCOUNT_UNUSABLE',
  not_shared: 'ERR_ACCOUNT_UNUSABLE',
  filter_ignored: 'ERR_API_UNAVAILABLE',
};

/**
 * The error code of a refusal that a retry cannot change. The meaning of a 404 without a reason
 * depends on the call.
 */
export function refusalOf({ fault, status, ambiguous }: ApiError): ErrorCode | null {
  // This also applies to a 401 or 403: then the user's credentials are refused, not our key.
  if (fault !== null && !ambiguous) return codesOfFaults[fault];
  if (status === 401 || status === 403) return 'ERR_UNAUTHORIZED';
  if (status === 410 || status === 501) return 'ERR_ENDPOINT_RETIRED';
  if (status === 400 || status === 422) return 'ERR_INVALID_INPUT';
  return null;
}
