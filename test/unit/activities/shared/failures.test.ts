import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../../src/activities/shared/failures.ts';
import { ApiError } from '../../../../src/composio/errors.ts';
import type { ApiFault } from '../../../../src/composio/faults.ts';

function failureOf(details: ConstructorParameters<typeof ApiError>[2], waiting = true) {
  const failure = toFailure(new ApiError('http', 'said', details), { waiting, tries: 2 });
  if (!(failure instanceof ApplicationFailure)) throw new Error('no failure');
  return failure;
}

describe('asFailure', () => {
  it.each<[ApiFault, number, string]>([
    ['alias_in_use', 400, 'ERR_ALIAS_IN_USE'],
    ['alias_in_use', 409, 'ERR_ALIAS_IN_USE'],
    ['credentials_rejected', 400, 'ERR_CREDENTIALS_REJECTED'],
    ['credentials_rejected', 401, 'ERR_CREDENTIALS_REJECTED'],
    ['missing_fields', 400, 'ERR_MISSING_FIELDS'],
    ['managed_oauth_retired', 400, 'ERR_ENDPOINT_RETIRED'],
    ['acl_on_private', 400, 'ERR_INVALID_INPUT'],
    ['invalid_transition', 409, 'ERR_ACCOUNT_UNUSABLE'],
  ])('reports to a waiting caller what %s with status %i means: %s', (fault, status, type) => {
    expect(failureOf({ fault, status })).toMatchObject({ type, nonRetryable: true });
  });

  it('names the field, and Composio’s id of the request', () => {
    const known = { field: 'Tenant Name', requestId: 'req_1' };
    const failure = failureOf({ fault: 'missing_fields', status: 400, ...known });
    expect(failure.details).toEqual([{ ...known, tries: 2 }]);
    expect(failureOf({ fault: 'missing_fields', status: 400 }).details).toEqual([{ tries: 2 }]);
  });

  it('names the alternative if Composio has retired a managed create', () => {
    const { message } = failureOf({ fault: 'managed_oauth_retired', status: 400 });
    expect(message).toMatch(/only the method link: said$/);
  });

  it('reports an unknown auth config, and treats a 409 without a reason as temporary', () => {
    const slug = 'AuthConfig_NotFound';
    expect(failureOf({ status: 404, slug }).type).toBe('ERR_AUTH_CONFIG_NOT_FOUND');
    // A 404 of a proxy or of a wrong base URL proves nothing.
    expect(failureOf({ status: 404 }).type).toBe('API_UNAVAILABLE');
    expect(failureOf({ status: 409 })).toMatchObject({
      type: 'API_UNAVAILABLE',
      nonRetryable: false,
    });
  });

  it('treats an account that another operation has leased as temporary', () => {
    const failure = failureOf({ fault: 'leased', status: 409 });
    expect(failure).toMatchObject({ type: 'API_UNAVAILABLE', nonRetryable: false });
  });

  it('ignores a reason if the status does not say whether the call was applied', () => {
    const open = failureOf({ fault: 'credentials_rejected', status: 500 });
    expect(open).toMatchObject({ type: 'API_UNAVAILABLE', nonRetryable: false });
  });

  it.each<[ApiFault, number, string]>([
    ['alias_in_use', 400, 'API_UNAVAILABLE'],
    ['credentials_rejected', 401, 'API_UNAUTHORIZED'],
  ])('retries %s with status %i if no caller waits', (fault, status, type) => {
    expect(failureOf({ fault, status }, false)).toMatchObject({ type, nonRetryable: false });
  });
});
