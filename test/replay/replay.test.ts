import { readdirSync, readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../../src/bundle.ts';
import type { Delivery } from '../../src/domain/events/delivery.ts';
import { parseKeyRing } from '../../src/crypto/key-ring.ts';
import { workerDataConverter } from '../../src/temporal/worker-data-converter.ts';
import { accesses, accessToldBy, answers, deliveries, ends } from '../histories/ends.ts';
import { bundleDrifted } from '../support/drifted-bundle.ts';
import { decodedEvents, givesTheLink } from '../support/grep.ts';
import { historyKey } from '../support/history-key.ts';

// Replay reports each step of each worker. These tests need only to know whether it throws.
Runtime.install({ logger: new DefaultLogger('ERROR') });

const folder = new URL('../histories/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.json'))
  .sort();
const converter = workerDataConverter({ encryptionKeys: parseKeyRing(historyKey) });

async function replay(bundle: { code: string }, file: string): Promise<void> {
  const history: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  const options = { workflowBundle: bundle, dataConverter: converter };
  await Worker.runReplayHistory(options, history, workflowIdOf(file));
}

/** One line for each event, with all payloads decoded. */
async function decoded(file: string): Promise<string[]> {
  const { events } = historyFromJSON(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
  return decodedEvents(events ?? [], converter.payloadCodecs ?? []);
}

/** The id is not part of a history; the code uses only its family. */
function workflowIdOf(file: string): string {
  if (file.startsWith('deliver-event/')) return 'event/replayed_1/app';
  if (file.startsWith('bulk-refresh/')) return 'sweep/replayed';
  if (file.startsWith('user-access/')) return 'user/replayed';
  if (file.startsWith('reconnect-link/')) return 'reconnect/replayed/ac_1/0123456789ab';
  if (file.startsWith('await-reauth/')) return 'reauth/ca_replayed';
  if (file.startsWith('retire-account/')) return 'retire/ca_replayed';
  if (file.startsWith('plan-disconnect/')) return 'plan/ca_replayed/0123456789ab';
  return file.startsWith('connect-user/') ? 'connect/replayed/ac_1' : 'account/ca_replayed';
}

function branchOf(file: string): string {
  return file.replace(/^.*\/\d{4}-\d\d-\d\d-/, '').replace('.json', '');
}

describe('every recorded history', () => {
  let bundle: { code: string };

  beforeAll(async () => {
    bundle = await bundleWorkflows();
  });

  it('exists for each branch', () => {
    const branches = files.map((file) =>
      file.replace(/\/\d{4}-\d\d-\d\d-/, '/').replace('.json', ''),
    );
    const expected = Object.keys(ends).map((branch) => `connect-user/${branch}`);
    const events = Object.keys(deliveries).map((branch) => `deliver-event/${branch}`);
    const access = Object.keys(accesses).map((branch) => `user-access/${branch}`);
    const all = [...expected, ...events, ...access, ...Object.keys(answers)];
    expect(new Set(branches)).toEqual(new Set(all));
  });

  it.each(files.filter((file) => file.startsWith('connect-user/')))(
    'ended as its name says: %s',
    async (file) => {
      const last = (await decoded(file)).at(-1) ?? '';
      const [, status, , reason] = /"status":"(\w+)","reason":(null|"(\w+)")/.exec(last) ?? [];
      expect(reason === undefined ? status : `${status} ${reason}`).toBe(ends[branchOf(file)]);
    },
  );

  it.each(files.filter((file) => file.startsWith('deliver-event/')))(
    'ended as its name says: %s',
    async (file) => {
      const last = (await decoded(file)).at(-1) ?? '';
      const result = JSON.parse(/\{"delivered".*?\}/.exec(last)?.[0] ?? 'null') as Delivery | null;
      const undelivered =
        result?.delivered === false ? `undelivered ${result.reason}` : 'delivered';
      expect(result === null ? 'cancelled' : undelivered).toBe(deliveries[branchOf(file)]);
    },
  );

  it.each(files.filter((file) => file.startsWith('user-access/')))(
    'took the path that its name says: %s',
    async (file) => {
      expect(accessToldBy(await decoded(file))).toBe(accesses[branchOf(file)]);
    },
  );

  it.each(
    files.filter((file) =>
      /^(revoke-then-delete|retire-account|plan-disconnect|reconnect-link|refresh-connection|await-reauth|account-command|bulk-refresh)\//.test(
        file,
      ),
    ),
  )('returned what its name says: %s', async (file) => {
    const last = (await decoded(file)).at(-1) ?? '';
    const branch = file.replace(/\/\d{4}-\d\d-\d\d-/, '/').replace('.json', '');
    expect(last).toContain(`"${answers[branch]}"`);
  });

  it.each(files)('contains no secret but the link that its caller receives: %s', async (file) => {
    const lines = await decoded(file);
    expect(lines.join('\n'), 'the decoder decodes').toMatch(/"(userId|connectedAccountId|name)"/);
    expect(lines.filter((line) => /\/callback\/|ak_|cs_|whsec_/.test(line))).toEqual([]);
    for (const line of lines.filter((text) => text.includes('/link/')))
      expect(line).toMatch(givesTheLink);
  });

  it('contains its link when decoded; otherwise the test before this one would prove nothing', async () => {
    const [file = ''] = files.filter((path) => path.endsWith('-active.json'));
    expect((await decoded(file)).join('\n')).toContain('/link/');
  });

  it.each(files)('replays with today’s code: %s', async (file) => {
    await expect(replay(bundle, file)).resolves.toBeUndefined();
  });
});

it('replay finds a workflow that has drifted from its histories', async () => {
  const bundle = await bundleDrifted();
  const [file = ''] = files.filter((path) => path.endsWith('-active.json'));
  await expect(replay(bundle, file)).rejects.toMatchObject({ name: 'DeterminismViolationError' });
});
