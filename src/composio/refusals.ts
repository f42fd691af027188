import type { ErrorCode } from '../domain/errors.ts';
import type { ApiError } from './errors.ts';
import type { ApiFault } from './faults.ts';

/** Refusals that tell their reason, with the code their caller gets; null for what a repeat may mend. */
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

/** What no repeat can mend, with the code its caller gets; a 404 without a reason means what was called. */
export function refusalOf({ fault, status, ambiguous }: ApiError): ErrorCode | null {
  // Also with a 401 or 403: it is the user's credentials then that are refused, not our key.
  if (fault !== null && !ambiguous) return codesOfFaults[fault];
  if (status === 401 || status === 403) return 'ERR_UNAUTHORIZED';
  if (status === 410 || status === 501) return 'ERR_ENDPOINT_RETIRED';
  if (status === 400 || status === 422) return 'ERR_INVALID_INPUT';
  return null;
}
