import { ServiceError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { isDeadline } from '../../../src/temporal/failures.ts';

/** As gRPC's own errors look, in the error that Temporal's client wraps them in. */
function serviceError(code: number, details: string): ServiceError {
  const cause = Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
  return new ServiceError('Failed to get Workflow execution history', { cause });
}

describe('a deadline', () => {
  it.each([
    ['the client ended', 4, 'Deadline exceeded after 3.000s', true],
    ['the server ended first', 1, 'Call cancelled', true],
    ['the caller aborted', 1, 'Cancelled on client', false],
    ['found nobody there', 14, 'No connection established', false],
  ])('is known of a call that %s', (_, code, details, expected) => {
    expect(isDeadline(serviceError(code, details))).toBe(expected);
  });
});
