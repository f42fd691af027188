import { log } from '@temporalio/activity';
import { ApiError } from '../../composio/errors.ts';
import { refusalOf } from '../../composio/refusals.ts';

/** It is our key that is refused, or what it may do: no account and no user is to blame. */
export function isKeyRefused(error: unknown): error is ApiError {
  return error instanceof ApiError && refusalOf(error) === 'ERR_UNAUTHORIZED';
}

/**
 * Tells of work for which nobody waits, and which waits itself as long as the API refuses the key: once
 * that it is parked, for a person to put the key right, and once that it goes on. One for a process, so
 * that many batches raise one alert.
 */
export class Parking {
  #isParked = false;

  refused(error: unknown): void {
    if (!isKeyRefused(error) || this.#isParked) return;
    this.#isParked = true;
    const { message } = error;
    log.error('the API key is refused: work is parked, and goes on once it is taken', { message });
  }

  worked(): void {
    if (this.#isParked) log.info('the API key is taken again: parked work goes on');
    this.#isParked = false;
  }
}
