import { MooringError } from '../../src/index.ts';
import { isPassing } from '../../src/domain/errors.ts';

/** As a backend should: what passes is no answer, so it repeats its call. A refusal is a value. */
export async function untilSettled<T>(call: () => Promise<T>): Promise<T | MooringError> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof MooringError)) throw error;
      if (!isPassing(error.code)) return error;
    }
  }
}
