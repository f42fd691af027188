import pino, { type DestinationStream, type Logger } from 'pino';

/**
 * Keys that must never reach a log line, at its top level and up to two levels below. The callers
 * do not log these values; this is the second guard. `taskToken` gives rights on the Temporal
 * server.
 */
const redacted = [
  'taskToken',
  'redirectUrl',
  'redirect_url',
  'callbackUrl',
  'callback_url',
  'token',
  'apiKey',
  'authorization',
  'x-api-key',
];

/** Writes JSON lines to stdout, one fact per line. */
export function createLogger(level: string, name: string, destination?: DestinationStream): Logger {
  const paths = redacted.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]);
  const options = {
    level,
    name,
    base: { name },
    redact: { paths, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
