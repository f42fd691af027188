import { MooringError } from '../../src/index.ts';
import { isTransient } from '../../src/domain/errors.ts';

/** Repeats a call as a backend should: a passing error is no answer. A refusal is a value. */
export async function untilSettled<T>(call: () => Promise<T>): Promise<T | MooringError> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof MooringError)) throw error;
      if (!isTransient(error.code)) return error;
    }
  }
}
