import type { Logger } from 'pino';

/** How a worker or a gateway starts in this process. */
export interface PartOptions {
  /** Default: the environment of the process. */
  environment?: Record<string, string | undefined> | undefined;
  /** Default: a logger of pino on stdout, with `MOORING_LOG_LEVEL`. */
  logger?: Logger | undefined;
}
