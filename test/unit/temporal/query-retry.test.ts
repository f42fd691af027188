import { QueryNotRegisteredError } from '@temporalio/client';
import { expect, it } from 'vitest';
import { queryRetryInterceptor } from '../../../src/temporal/query-retry.ts';

const invalidArgument = 3 as never;
const input = {} as Parameters<NonNullable<typeof queryRetryInterceptor.query>>[0];

/** What a caller gets from a run whose first queries fail, and how many queries it got. */
async function asked(
  failures: number,
  error: Error,
): Promise<[answer: unknown, questions: number]> {
  let questions = 0;
  const answer = queryRetryInterceptor.query?.(input, async () => {
    if (questions++ < failures) throw error;
    return 'answer';
  });
  return [await Promise.resolve(answer).catch((thrown: unknown) => thrown), questions];
}

it('a run that refuses a query before its next task is queried again', async () => {
  const refused = new QueryNotRegisteredError('Encoded failure', invalidArgument);
  expect(await asked(1, refused)).toEqual(['answer', 2]);
});

it('a run that refuses the query for good is queried twice', async () => {
  const refused = new QueryNotRegisteredError('Encoded failure', invalidArgument);
  expect(await asked(9, refused)).toEqual([refused, 2]);
});

it('no query is repeated after another error', async () => {
  const error = new Error('away');
  expect(await asked(1, error)).toEqual([error, 1]);
});
