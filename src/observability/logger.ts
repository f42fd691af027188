import pino, { type DestinationStream, type Logger } from 'pino';

/**
 * Keys that must never reach a log line, wherever they stand in what is logged. Values are kept out at
 * their source; this is the net below it. `taskToken` is a capability on the Temporal server.
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

/** JSON lines on stdout, one fact a line. */
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
