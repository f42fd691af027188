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

/** Warnings of the SDK that Mooring expects, because workflows and API calls have a worker each. */
const meant = /^No (activities|workflows) registered/;

/**
 * Sends the logs of Temporal's worker and of its native core to `logger`, and serves the core's
 * metrics on `metricsAddress`. Temporal allows one runtime per process. If the process has one, it
 * stays.
 */
export function installRuntime(logger: Logger, metricsAddress: string): void {
  const logMessage = (level: LogLevel, message: string, meta?: object) =>
    logger[meant.test(message) ? 'debug' : levels[level]](plainFacts(meta), message);
  const logAt = (level: LogLevel) => (message: string, meta?: object) =>
    logMessage(level, message, meta);
  try {
    Runtime.install({
      logger: {
        log: logMessage,
        trace: logAt('TRACE'),
        debug: logAt('DEBUG'),
        info: logAt('INFO'),
        warn: logAt('WARN'),
        error: logAt('ERROR'),
      },
      telemetryOptions: {
        // Without `forward` the core writes to the console itself, and skips the redaction.
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
