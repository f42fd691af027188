import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../../src/bundle.ts';
import { parseKeyRing } from '../../src/keys.ts';
import { dataConverter, failureConverterPath } from '../../src/temporal/data-converter.ts';
import { historyKey } from '../support/history-key.ts';

// Replay tells each step of each worker; what matters here is whether it throws.
Runtime.install({ logger: new DefaultLogger('ERROR') });

const folder = new URL('../histories/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.json'))
  .sort();
const converter = dataConverter({ encryptionKeys: parseKeyRing(historyKey) });

async function replay(bundle: { code: string }, file: string): Promise<void> {
  const history: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  const options = { workflowBundle: bundle, dataConverter: converter };
  await Worker.runReplayHistory(options, history, workflowIdOf(file));
}

/** The id is no part of a history; only its family matters to the code. */
function workflowIdOf(file: string): string {
  return file.startsWith('connect-user/') ? 'connect/replayed/ac_1' : 'account/ca_replayed';
}

describe('every recorded history', () => {
  let bundle: { code: string };

  beforeAll(async () => {
    bundle = await bundleWorkflows();
  });

  it('is there for each branch', () => {
    const branches = files.map((file) =>
      file.replace(/\/\d{4}-\d\d-\d\d-/, '/').replace('.json', ''),
    );
    expect(new Set(branches)).toEqual(
      new Set([
        'connect-user/abandoned',
        'connect-user/active',
        'connect-user/canceled',
        'connect-user/canceled-while-opening',
        'connect-user/denied',
        'connect-user/disabled',
        'connect-user/existing',
        'connect-user/found-by-look',
        'connect-user/gate-closed',
        'connect-user/gone',
        'connect-user/handed-over',
        'connect-user/hinted-twice',
        'connect-user/joined',
        'connect-user/late-active',
        'connect-user/lost-answer',
        'connect-user/never-opened',
        'connect-user/refused',
        'connect-user/refused-after-lost-answer',
        'connect-user/reused',
        'connect-user/revoked',
        'connect-user/workflow-cancelled',
        'remove-account/removed',
      ]),
    );
  });

  it.each(files)('replays with today’s code: %s', async (file) => {
    await expect(replay(bundle, file)).resolves.toBeUndefined();
  });
});

it('a workflow that has drifted from its histories is found out', async () => {
  const workflowsPath = fileURLToPath(new URL('../support/drifted-workflows.ts', import.meta.url));
  const bundle = await bundleWorkflowCode({ workflowsPath, failureConverterPath });
  const [file = ''] = files.filter((path) => path.endsWith('-active.json'));
  await expect(replay(bundle, file)).rejects.toMatchObject({ name: 'DeterminismViolationError' });
});
