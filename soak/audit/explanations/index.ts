import type { ErrorCode } from '../../../src/domain/errors.ts';
import type { Call } from '../../evidence.ts';
import type { Facts } from '../facts.ts';
import type { Span } from '../times.ts';
import { isAccessAtWork } from './access.ts';
import { hasNoAccount, isHeld, isUnusable } from './account.ts';
import { isDuringFaults, isUnknown, isUnsettled } from './answer.ts';
import {
  hasActiveAccount,
  hasMissingField,
  hasNoAuthConfig,
  hasOtherAttempt,
  isAliasHeld,
  isRetired,
  isWrongCredential,
} from './connect.ts';
import { isInvalid } from './input.ts';

/** Whether the log has a reason for a refusal in this span. */
type Explains = (call: Call, span: Span, facts: Facts) => boolean;

/** No log entry can explain it. */
const never: Explains = () => false;

/** What explains each code. A new code needs a rule here. */
export const explains: Record<ErrorCode, Explains> = {
  ERR_INVALID_INPUT: isInvalid,
  ERR_ALREADY_CONNECTED: hasActiveAccount,
  ERR_CONNECT_IN_PROGRESS: hasOtherAttempt,
  ERR_AUTH_CONFIG_NOT_FOUND: hasNoAuthConfig,
  ERR_ACCOUNT_NOT_FOUND: hasNoAccount,
  ERR_ENDPOINT_RETIRED: isRetired,
  ERR_CREDENTIALS_REJECTED: isWrongCredential,
  ERR_MISSING_FIELDS: hasMissingField,
  ERR_ALIAS_IN_USE: isAliasHeld,
  ERR_USER_BLOCKED: isAccessAtWork,
  ERR_UNAUTHORIZED: isDuringFaults,
  ERR_ACCOUNT_BUSY: isHeld,
  ERR_ACCOUNT_UNUSABLE: isUnusable,
  ERR_SEVERAL_ACCOUNTS: never,
  ERR_OUTCOME_TIMEOUT: isUnsettled,
  ERR_OUTCOME_UNKNOWN: isUnknown,
  // The check of refusals judges these by the time of the error.
  ERR_NO_WORKER: isDuringFaults,
  ERR_WORKER_BUSY: isDuringFaults,
  ERR_RUN_STUCK: never,
  ERR_TEMPORAL_UNAVAILABLE: isDuringFaults,
  ERR_RATE_LIMITED: never,
  ERR_API_UNAVAILABLE: isDuringFaults,
  ERR_ENCRYPTION_KEY_MISSING: never,
};
