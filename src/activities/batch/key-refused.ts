import { log } from '@temporalio/activity';
import { ApiError } from '../../composio/errors.ts';
import { refusalOf } from '../../composio/refusals.ts';

/** Whether the API refused our key, or a right of that key. No account and no user is the cause. */
export function isKeyRefused(error: unknown): error is ApiError {
  return error instanceof ApiError && refusalOf(error) === 'ERR_UNAUTHORIZED';
}

/**
 * Logs when background work waits because the API refuses the key, and when it continues. A person
 * must replace the key. One instance for each process, so that many batches raise one alert.
 */
export class Parking {
  #isParked = false;

  reportError(error: unknown): void {
    if (!isKeyRefused(error) || this.#isParked) return;
    this.#isParked = true;
    const { message } = error;
    log.error('Composio refuses the API key: background work waits, check COMPOSIO_API_KEY', {
      message,
    });
  }

  reportSuccess(): void {
    if (this.#isParked) log.info('Composio accepts the API key again: background work continues');
    this.#isParked = false;
  }
}
