import { IllegalStateError } from '@temporalio/common';
import { type LogLevel, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { mask } from '../composio/redact-text.ts';

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

/**
 * What may be logged of the facts in a line of Temporal: texts, numbers, booleans, and the message
 * of an error. Anything else may hold a decrypted payload: at level `trace` the SDK logs whole
 * workflow activations after the codec has decrypted them.
 */
export function plainFacts(meta: object = {}): Record<string, unknown> {
  const facts = Object.entries(meta).map(([name, value]) => [name, plainValue(value)] as const);
  return Object.fromEntries(facts.filter(([, value]) => value !== undefined));
}

function plainValue(value: unknown): unknown {
  if (value instanceof Error) return mask(messageOf(value));
  return ['string', 'number', 'boolean'].includes(typeof value) ? value : undefined;
}

function messageOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${messageOf(cause)}` : message;
}
