import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthScheme } from '../../src/index.ts';
import { startDevServer } from '../../src/dev/temporal/dev-server.ts';
import { check } from '../finding.ts';
import type { Stage } from '../stage.ts';
import { startWorkerProcess } from '../worker-process.ts';
import type { Scenario } from './scenario.ts';

/** Requests that are sent again. */
export const repeating: Scenario[] = [
  {
    name: 'same-request-again',
    async run(anywhere) {
      // A Temporal of its own, which can be restarted.
      const temporal = await openTemporal(anywhere.env);
      const stage = await anywhere.at('ac_apikey').within(temporal.env);
      try {
        const scheme = AuthScheme.APIKey({ generic_api_key: `key-of-${stage.userId}` });
        const request = { method: { initiate: scheme }, requestId: `${stage.userId}-1` };
        const refusal = await stage.refusal(request);
        check(refusal.code === 'ERR_NO_WORKER', 'no worker runs yet');
        await temporal.restart();
        return await withWorker(stage, async () => {
          const answer = await stage.ask(request);
          const again = await stage.ask(request);
          check(
            again.connectedAccountId === answer.connectedAccountId,
            'both calls return the same account',
          );
          const other = AuthScheme.APIKey({ generic_api_key: `other-key-of-${stage.userId}` });
          const { code } = await stage.refusal({ ...request, method: { initiate: other } });
          check(code === 'ERR_INVALID_INPUT', 'another request with the same id is refused');
          return stage.ends(answer.connectionId, {
            status: 'ACTIVE',
            events: ['connect.active'],
            left: { [answer.connectedAccountId]: 'ACTIVE' },
          });
        });
      } finally {
        await stage.mooring.close();
        await temporal.stop();
      }
    },
  },
];

async function openTemporal(env: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-again-'));
  const options = {
    env: { ...process.env, TEMPORAL_ADDRESS: undefined },
    dbFilename: join(folder, 'temporal.db'),
    headless: true,
    log: () => {},
  };
  let server = await startDevServer(options);
  const port = Number(server.address.split(':').at(-1));
  return {
    env: { ...env, TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace },
    async restart() {
      await server.stop();
      server = await startDevServer({ ...options, port });
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function withWorker<T>({ env }: Stage, act: () => Promise<T>): Promise<T> {
  const worker = await startWorkerProcess(env);
  try {
    return await act();
  } finally {
    await worker.stop();
  }
}
