import { ApplicationFailure } from '@temporalio/common';
import { toFailure } from '../../src/activities/shared/failures.ts';
import { ApiError } from '../../src/composio/errors.ts';
import { type ApiFault } from '../../src/composio/faults.ts';
import { refusalOf } from '../../src/composio/refusals.ts';
import { accountStatuses, type AccountStatus } from '../../src/domain/account.ts';
import { judgeReading } from '../../src/domain/connect/judge-reading.ts';
import { isErrorCode } from '../../src/domain/errors.ts';
import { code, generatedPage, table } from './markdown.ts';

const http = (status: number) => new ApiError('http', '', { status, slug: 'Some_Slug' });

/** What can come back from any call. */
const answers: Record<string, ApiError> = {
  '400, 422': http(400),
  '401, 403': http(401),
  '404 of a create or a link': http(404),
  '409 for an unknown reason': http(409),
  '410, 501': http(410),
  '429 with Retry-After': http(429),
  '500 to 504': http(503),
  'no complete answer': new ApiError('connection', ''),
  'a timeout': new ApiError('timeout', ''),
  'HTML, a redirect, unexpected JSON': new ApiError('contract', '', { status: 200 }),
  'our rate limiter holds the call': new ApiError('held', ''),
};

/** How each is recognised. The compiler refuses a reason without a text. */
const faults: Record<ApiFault, string> = {
  alias_in_use: '400 code 600, or 409, "alias … already in use"',
  managed_oauth_retired: '400 "no longer supported … /api/v3/connected_accounts/link"',
  credentials_rejected: '`ConnectedAccount_CredentialValidationRejected`',
  missing_fields: '`ConnectedAccount_MissingRequiredFields`',
  acl_on_private: '400 "acl_config_for_shared is only valid on SHARED"',
  leased: '409 "lease", "another operation"',
  invalid_transition: '409 "transition", "cannot be enabled"',
  no_account: '`ActionExecute_ConnectedAccountNotFound`, codes 1803 and 1810',
  user_missing: '`ActionExecute_ConnectedAccountEntityIdRequired`, code 1811',
  other_user: '`ActionExecute_ConnectedAccountEntityIdMismatch`, code 1812',
  account_expired: '`ActionExecute_ConnectedAccountExpired`, code 1820',
  account_unusable: '422 "state of the connected account"',
  not_shared: '403 "shared account"',
  filter_ignored: 'a list that does not show who owns its accounts',
};

export function apiAnswersPage(): string {
  return generatedPage(
    'What Composio’s API answers',
    'The functions that decide were run for each row. [The page on API answers](../architecture/api-answers.md) has the same by call, with what to do.',
    '## Any call',
    table(
      ['the API answers', 'while a caller waits', 'while nobody waits'],
      Object.entries(answers).map(([name, error]) => [
        name,
        failureText(error, true),
        failureText(error, false),
      ]),
    ),
    '## Refusals with a reason',
    table(
      ['reason', 'recognised by', 'error code'],
      (Object.keys(faults) as ApiFault[]).map((fault) => [
        code(fault),
        faults[fault],
        codeText(refusalOf(new ApiError('http', '', { status: 400, fault }))),
      ]),
    ),
    '## A reading of an attempt’s account',
    table(['the account reads', 'its `statusReason`', 'outcome', 'the account'], readingRows()),
  );
}

function failureText(error: ApiError, waiting: boolean): string {
  const failure = toFailure(error, { waiting, tries: 1 });
  const type = failure instanceof ApplicationFailure ? failure.type : null;
  if (isErrorCode(type)) return `${code(type)} at once`;
  if (type === 'API_RATE_LIMITED') return 'repeated at its time';
  return type === 'API_UNAUTHORIZED' ? 'repeated each minute' : 'repeated with backoff';
}

function codeText(refusal: string | null): string {
  return refusal === null ? 'none: repeated' : code(refusal);
}

const words: Partial<Record<AccountStatus, (string | null)[]>> = {
  FAILED: ['access_denied', 'token exchange failed', 'IDENTITY_VERIFICATION_FAILED', null],
  EXPIRED: ['before authorization was started', null],
};

function readingRows(): string[][] {
  const rows = [...accountStatuses, 'UNKNOWN' as const].flatMap((status) =>
    (words[status] ?? [null]).map((reason) => readingRow(status, reason)),
  );
  return [...rows, [`${code('ACTIVE')}, access closed`, '', ...verdictCells('ACTIVE', null, true)]];
}

function readingRow(status: AccountStatus, reason: string | null): string[] {
  return [code(status), reason ?? '', ...verdictCells(status, reason, false)];
}

const kept = { keep: 'stays', remove: 'deleted', removeUnlessActive: 'deleted, unless ACTIVE' };

function verdictCells(status: AccountStatus, statusReason: string | null, isBlocked: boolean) {
  const ids = { userId: 'user', authConfigId: 'ac' };
  const account = {
    ...ids,
    id: 'ca',
    toolkit: '',
    status,
    statusReason,
    alias: null,
    accountType: 'PRIVATE' as const,
    createdAt: '',
  };
  const expected = { ...ids, connectedAccountId: 'ca' };
  const memory = { lastStatus: null, isDenied: false };
  const verdict = judgeReading({ account, isBlocked }, expected, memory);
  if (verdict === null) return ['the attempt waits', ''];
  const { outcome } = verdict;
  const text = outcome.reason === null ? outcome.status : `${outcome.status} \`${outcome.reason}\``;
  return [text, kept[verdict.account]];
}
