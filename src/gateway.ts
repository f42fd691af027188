import { ownCalls } from './client/own-calls.ts';
import { MooringClient } from './index.ts';
import { processEnvironment, readGatewayConfig } from './config.ts';
import { startGateway } from './gateway/server.ts';
import { createLogger } from './observability/logger.ts';
import { Metrics } from './observability/metrics.ts';
import { startOpsServer } from './observability/ops.ts';
import { CloseStack } from './process/close-stack.ts';
import type { PartOptions } from './process/part-options.ts';
import { createCodecEndpoint } from './temporal/codec-endpoint.ts';

export interface OpenGateway extends AsyncDisposable {
  url: string;
  opsUrl: string;
  /** Answers what has arrived, and closes both listeners. Safe to repeat. */
  stop(): Promise<void>;
}

/**
 * Starts the gateway: the listener for browsers and webhooks, and the ops listener. Throws a
 * MooringError that names what is missing, and leaves nothing open.
 */
export async function openGateway(options: PartOptions = {}): Promise<OpenGateway> {
  const { environment = processEnvironment, logger } = options;
  const config = readGatewayConfig(environment);
  const log = logger ?? createLogger(config.MOORING_LOG_LEVEL, 'mooring-gateway');
  const closeStack = new CloseStack();
  return closeStack.closeOnFailure(async () => {
    const metrics = new Metrics();
    const mooring = await MooringClient.connect({ environment });
    closeStack.add(() => mooring.close());
    const own = mooring[ownCalls];
    const ops = await startOpsServer({
      host: config.MOORING_OPS_HOST,
      port: config.MOORING_OPS_PORT,
      names: config.MOORING_OPS_NAMES,
      canWork: () => own.isReachable(),
      readMetrics: () => metrics.registry.metrics(),
      codec: createCodecEndpoint({
        keys: config.MOORING_ENCRYPTION_KEYS,
        tokens: config.MOORING_CODEC_TOKENS,
        origins: config.MOORING_CODEC_ORIGINS,
        log,
      }),
    });
    closeStack.add(() => ops.stop());
    const gateway = await startGateway({
      attempts: {
        connectUser: (input) => mooring.connectUser(input),
        connectAgain: (attempt) => own.connectAgain(attempt),
        getAttempt: (attempt) => own.getAttempt(attempt),
      },
      tokenKeys: config.MOORING_TOKEN_KEYS,
      returnOrigins: config.MOORING_RETURN_ORIGINS,
      publicUrl: config.MOORING_PUBLIC_URL,
      webhooks: config.MOORING_WEBHOOK_SECRETS && {
        accounts: own,
        secrets: config.MOORING_WEBHOOK_SECRETS,
        projectId: config.MOORING_COMPOSIO_PROJECT_ID,
      },
      billing: config.MOORING_BILLING_SECRETS && {
        noteSubscription: (event) => mooring.access(event.userId).note(event),
        secrets: config.MOORING_BILLING_SECRETS,
      },
      log,
      metrics,
      host: config.MOORING_GATEWAY_HOST,
      port: config.MOORING_GATEWAY_PORT,
    });
    closeStack.add(() => gateway.stop());
    log.info({ url: gateway.url, opsUrl: ops.url }, 'gateway ready');
    const stop = async () => {
      await closeStack.close();
      log.info('gateway stopped');
    };
    return { url: gateway.url, opsUrl: ops.url, stop, [Symbol.asyncDispose]: stop };
  });
}
