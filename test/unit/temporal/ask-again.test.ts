import { QueryNotRegisteredError } from '@temporalio/client';
import { expect, it } from 'vitest';
import { askAgain } from '../../../src/temporal/ask-again.ts';

const invalidArgument = 3 as never;
const input = {} as Parameters<NonNullable<typeof askAgain.query>>[0];

/** What a caller gets from a run that fails the first questions, and how often it was asked. */
async function asked(
  failures: number,
  error: Error,
): Promise<[answer: unknown, questions: number]> {
  let questions = 0;
  const answer = askAgain.query?.(input, async () => {
    if (questions++ < failures) throw error;
    return 'answer';
  });
  return [await Promise.resolve(answer).catch((thrown: unknown) => thrown), questions];
}

it('a run that refuses a question before its next task is asked again', async () => {
  const refused = new QueryNotRegisteredError('Encoded failure', invalidArgument);
  expect(await asked(1, refused)).toEqual(['answer', 2]);
});

it('a run that refuses it for good is asked twice', async () => {
  const refused = new QueryNotRegisteredError('Encoded failure', invalidArgument);
  expect(await asked(9, refused)).toEqual([refused, 2]);
});

it('nobody is asked again after another error', async () => {
  const error = new Error('away');
  expect(await asked(1, error)).toEqual([error, 1]);
});
