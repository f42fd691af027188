/**
 * Reasons of refusals, found by slug, code or Composio's words.
 *
 * - `leased`: another operation holds the account for a moment; the same call may work soon.
 * - `invalid_transition`: the account's status does not allow it, now or later.
 * - `no_account`, `user_missing`, `other_user`, `account_expired`, `account_unusable`,
 *   `not_shared`: a tool was not executed because of its account.
 * - `filter_ignored`: not a refusal, but an answer that does not show who owns its accounts.
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

/** Only for tool execution: elsewhere one code has many reasons. */
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

/**
 * Other refusals share one slug for many reasons. So Composio's words decide, as in its own SDKs.
 */
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
  const isManagedOauthRetired =
    words.includes('no longer supported') && words.includes('/api/v3/connected_accounts/link');
  if (isManagedOauthRetired) return 'managed_oauth_retired';
  return words.includes('acl_config_for_shared is only valid on SHARED') ? 'acl_on_private' : null;
}

/**
 * The slugs of conflicts are not documented. A conflict that matches neither is unknown: repeat it
 * briefly, then read.
 */
function conflictOf(words: string): ApiFault | null {
  if (/\bleased?\b|another operation|concurrent|retry the request/i.test(words)) return 'leased';
  const finalWords =
    /transition|cannot be (?:en|dis)abled|(?:current|its|invalid) (?:state|status)/i;
  return finalWords.test(words) ? 'invalid_transition' : null;
}
