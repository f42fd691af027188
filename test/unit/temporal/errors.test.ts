import { ServiceError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { asMooringError, isDeadline, isRateLimit } from '../../../src/temporal/errors.ts';

/** An error of gRPC inside the error of Temporal’s client. */
function serviceError(code: number, details: string): ServiceError {
  const cause = Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
  return new ServiceError('Failed to get Workflow execution history', { cause });
}

describe('a deadline', () => {
  it.each([
    ['the client ended', 4, 'Deadline exceeded after 3.000s', true],
    ['the server ended first', 1, 'Call cancelled', true],
    ['the caller aborted', 1, 'Cancelled on client', false],
    ['reached no server', 14, 'No connection established', false],
  ])('is recognized in a call that %s', (_, code, details, expected) => {
    expect(isDeadline(serviceError(code, details))).toBe(expected);
  });
});

describe('a limit of Temporal', () => {
  it.each([
    ['for the calls of a namespace', 'namespace rate limit exceeded', '', true],
    ['for one run', 'Workflow is busy.', '', false],
    [
      'that a multi-operation wraps',
      'Update-with-Start could not be executed.',
      'rate limit',
      true,
    ],
    [
      'for the updates of one run',
      'limit on number of concurrent in-flight updates has been reached',
      '',
      false,
    ],
    [
      'for the updates of one run, in a multi-operation',
      'Update-with-Start could not be executed.',
      'limit on number of concurrent in-flight updates has been reached (10)',
      false,
    ],
  ])('%s is a rate limit or not', (_, details, more, expected) => {
    const metadata = { get: () => [Buffer.from(more)] };
    const cause = Object.assign(new Error(details), { code: 8, details, metadata });
    expect(isRateLimit(new ServiceError('Update failed', { cause }))).toBe(expected);
    expect(isRateLimit(cause)).toBe(expected);
  });
});

it.each([
  [
    'its details',
    'no such search attribute',
    '3 no such search attribute',
    'no such search attribute',
  ],
  [
    'its message if the details are bytes',
    '\n\u0006test-1',
    'Namespace test-1 is not found.',
    'Namespace test-1 is not found.',
  ],
])('a call that Temporal refuses is described by %s', (_, details, message, told) => {
  const cause = Object.assign(new Error(message), { code: 3, details, metadata: {} });
  expect(asMooringError(new ServiceError('Failed', { cause }))).toMatchObject({
    code: 'ERR_TEMPORAL_UNAVAILABLE',
    message: `Temporal refuses the call: ${told}`,
  });
});
