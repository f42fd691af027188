/**
 * Refusals that tell their reason, by slug, code or Composio's words.
 *
 * - `leased`: another operation has the account for a moment; the same call may work soon.
 * - `invalid_transition`: the account's status does not allow it, now or later.
 * - `no_account`, `user_missing`, `other_user`, `account_expired`, `account_unusable`, `not_shared`: a tool
 *   was not executed, because of the account it was to be executed with.
 * - `filter_ignored`: no refusal, but an answer that says nothing of whose accounts it holds.
 */
export type ApiFault =
  | 'alias_in_use'
  | 'managed_oauth_retired'
  | 'credentials_rejected'
  | 'missing_fields'
  | 'acl_on_private'
  | 'leased'
  | 'invalid_transition'
  | 'no_account'
  | 'user_missing'
  | 'other_user'
  | 'account_expired'
  | 'account_unusable'
  | 'not_shared'
  | 'filter_ignored';

const slugs = new Map<string | null, ApiFault>([
  ['ConnectedAccount_CredentialValidationRejected', 'credentials_rejected'],
  ['ConnectedAccount_MissingRequiredFields', 'missing_fields'],
  ['ActionExecute_ConnectedAccountNotFound', 'no_account'],
  ['ActionExecute_ConnectedAccountEntityIdRequired', 'user_missing'],
  ['ActionExecute_ConnectedAccountEntityIdMismatch', 'other_user'],
  ['ActionExecute_ConnectedAccountExpired', 'account_expired'],
]);

/** Of tool execution only: elsewhere one code stands for many reasons. */
const codes = new Map<number, ApiFault>([
  [1803, 'no_account'],
  [1810, 'no_account'],
  [1811, 'user_missing'],
  [1812, 'other_user'],
  [1820, 'account_expired'],
]);

export function faultOfSlug(slug: string | null): ApiFault | null {
  return slugs.get(slug) ?? null;
}

export function faultOfCode(code: number | string | null): ApiFault | null {
  return codes.get(Number(code)) ?? null;
}

/** The rest has one slug for many reasons, so that Composio's words decide, as in its own SDKs. */
export function faultOfWords(
  status: number,
  code: number | string | null,
  words: string,
): ApiFault | null {
  const isAliasStatus = status === 409 || (status === 400 && Number(code) === 600);
  if (isAliasStatus && /alias .*already in use/i.test(words)) return 'alias_in_use';
  if (status === 409) return conflictOf(words);
  if (status === 403 && /shared (?:connected )?(?:account|connection)/i.test(words))
    return 'not_shared';
  if (status === 422 && /state of the connected account/i.test(words)) return 'account_unusable';
  if (status !== 400) return null;
  const isRetired =
    words.includes('no longer supported') && words.includes('/api/v3/connected_accounts/link');
  if (isRetired) return 'managed_oauth_retired';
  return words.includes('acl_config_for_shared is only valid on SHARED') ? 'acl_on_private' : null;
}

/** Nothing documents their slugs. What neither matches stays unknown: repeat it briefly, then read. */
function conflictOf(words: string): ApiFault | null {
  if (/\bleased?\b|another operation|concurrent|retry the request/i.test(words)) return 'leased';
  const isFinal = /transition|cannot be (?:en|dis)abled|(?:current|its|invalid) (?:state|status)/i;
  return isFinal.test(words) ? 'invalid_transition' : null;
}
