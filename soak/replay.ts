import type { Client } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { failureConverterPath } from '../src/temporal/worker-data-converter.ts';
import type { StoredRun } from './runs.ts';

let isQuiet = false;

/**
 * Replays each history from its first event. Returns by run id why a replay failed, null when it
 * did not.
 */
export async function replayErrors(
  runs: readonly StoredRun[],
  bundle: string,
  client: Client,
): Promise<Map<string, string | null>> {
  // A replay reports each of its steps; what counts here is whether it throws.
  installQuietRuntime();
  const { payloadCodecs } = client.options.loadedDataConverter;
  const results = Worker.runReplayHistories(
    {
      workflowBundle: { codePath: bundle },
      dataConverter: { failureConverterPath, payloadCodecs },
    },
    runs.map(({ run: { workflowId }, history }) => ({ workflowId, history })),
  );
  const errors = new Map<string, string | null>();
  for await (const { runId, error } of results) {
    errors.set(runId, error ? `${error.name}: ${error.message}` : null);
  }
  return errors;
}

function installQuietRuntime(): void {
  if (isQuiet) return;
  isQuiet = true;
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    // Without `forward` the native core writes to the console directly.
    telemetryOptions: { logging: { forward: {}, filter } },
  });
}
