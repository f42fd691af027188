import { describe, expect, it } from 'vitest';
import type * as Errors from '../../../src/domain/errors.ts';
import { MooringError } from '../../../src/domain/errors.ts';

describe('MooringError', () => {
  const error = new MooringError('ERR_NO_WORKER', 'no worker answers');

  it('is known by its brand, also if another copy of the class threw it', async () => {
    const copy = '../../../src/domain/errors.ts?copy';
    const { MooringError: other } = (await import(copy)) as typeof Errors;
    expect(other).not.toBe(MooringError);
    expect(error instanceof other).toBe(true);
    expect(new other('ERR_NO_WORKER', 'no worker answers') instanceof MooringError).toBe(true);
  });

  it.each([new Error('no'), { code: 'ERR_NO_WORKER', name: 'MooringError' }, null, undefined, 'x'])(
    'is not %s',
    (value) => expect(value instanceof MooringError).toBe(false),
  );

  it('shows no brand where an error is printed or copied', () => {
    expect(Reflect.ownKeys(error)).not.toContain(Symbol.for('mooring.MooringError'));
    expect(Object.keys(error)).toEqual(['code', 'details', 'name']);
  });
});
