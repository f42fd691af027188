import { IllegalStateError } from '@temporalio/common';
import { type LogLevel, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { plainFacts } from './facts.ts';

const levels = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const;

/** The SDK warns of what we mean: workflows and API calls have a worker each. */
const meant = /^No (activities|workflows) registered/;

/**
 * Sends what Temporal's worker and its native core log to `logger`, and serves the core's metrics on
 * `metricsAddress`. Temporal allows one runtime at a time in a process: the one that is there stays.
 */
export function installRuntime(logger: Logger, metricsAddress: string): void {
  const log = (level: LogLevel, message: string, meta?: object) =>
    logger[meant.test(message) ? 'debug' : levels[level]](plainFacts(meta), message);
  const at = (level: LogLevel) => (message: string, meta?: object) => log(level, message, meta);
  try {
    Runtime.install({
      logger: {
        log,
        trace: at('TRACE'),
        debug: at('DEBUG'),
        info: at('INFO'),
        warn: at('WARN'),
        error: at('ERROR'),
      },
      telemetryOptions: {
        // Without `forward` the core writes to the console itself, past every redaction.
        logging: {
          forward: {},
          filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }),
        },
        metrics: {
          prometheus: {
            bindAddress: metricsAddress,
            countersTotalSuffix: true,
            unitSuffix: true,
            useSecondsForDurations: true,
          },
        },
      },
    });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}
