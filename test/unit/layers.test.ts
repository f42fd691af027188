import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const oxlint = resolve('node_modules/.bin/oxlint');
const tree = mkdtempSync(join(tmpdir(), 'mooring-layers-'));

/** One forbidden import for each rule, in the folder of a feature if the layer has them. */
const wrong = {
  'src/domain/a.ts': "import { a } from '../crypto/key-ring.ts'",
  'src/domain/connect/a.ts': "import { a } from '../../protocol/messages.ts'",
  'src/domain/sweep/a.ts': "import type { a } from '../../client.ts'",
  'src/crypto/a.ts': "import { a } from '../worker.ts'",
  'src/process/a.ts': "import { a } from '../cli/main.ts'",
  'src/protocol/a.ts': "import { a } from '../workflows/index.ts'",
  'src/receiver/a.ts': "import { a } from '../outbound/signed-post.ts'",
  'src/composio/a.ts': "import { a } from '../activities/shared/call.ts'",
  'src/outbound/a.ts': "import { a } from '../composio/api.ts'",
  'src/observability/a.ts': "import { a } from '../worker.ts'",
  'src/temporal/a.ts': "import { a } from '../config.ts'",
  'src/temporal/b.ts': "import { a } from '../client/shared/list-runs.ts'",
  'src/activities/index.ts': "import { a } from '../gateway/app.ts'",
  'src/activities/connect/a.ts': "import { a } from '../../workflows/options.ts'",
  'src/activities/connect/b.ts': "import { a } from '../../temporal/connect.ts'",
  'src/workflows/a.ts': "import { a } from '../activities/index.ts'",
  'src/workflows/connect/a.ts': "import { a } from '../../activities/shared/call.ts'",
  'src/workflows/connect/b.ts': "import { a } from '../../domain/connect/schemas.ts'",
  'src/workflows/connect/c.ts': "import { a } from '../../config.ts'",
  'src/workflows/connect/d.ts': "import { a } from 'node:fs'",
  'src/workflows/connect/e.ts': "import { a } from 'zod'",
  'src/workflows/connect/f.ts': "import { a } from '../../../sandbox/index.ts'",
  'src/workflows/access/a.ts':
    "import { a } from '../../domain/access/subscription-event-schema.ts'",
  'src/workflows/events/a.ts': "import { a } from '../../domain/events/endpoints.ts'",
  'src/workflows/events/b.ts': "import { a } from '../../outbound/signed-post.ts'",
  'src/workflows/sweep/a.ts': "import { a } from '../../domain/schemas.ts'",
  'src/config.ts': "import { a } from './composio/api.ts'",
  'src/client/connect/a.ts': "import { a } from '../../accounts.ts'",
  'src/client/events/a.ts': "import { a } from '../../outbound/signed-post.ts'",
  'src/client.ts': "import { a } from './composio/api.ts'",
  'src/index.ts': "import { a } from './worker.ts'",
  'src/verify.ts': "import { a } from './client.ts'",
  'src/accounts.ts': "import { a } from './temporal/connect.ts'",
  'src/accounts/a.ts': "import { a } from '../activities/shared/failures.ts'",
  'src/contract/a.ts': "import { a } from '../client.ts'",
  'src/bundle.ts': "import { a } from './index.ts'",
  'src/worker.ts': "import { a } from './cli/main.ts'",
  'src/gateway/webhooks/a.ts': "import { a } from '../../composio/api.ts'",
  'src/gateway/a.ts': "import { a } from '../config.ts'",
  'src/gateway/b.ts': "import { a } from '../../sandbox/index.ts'",
  'src/gateway.ts': "import { a } from './worker.ts'",
  'src/dev/temporal/a.ts': "import { a } from '../../cli/print.ts'",
  'src/cli/commands/a.ts': "import { a } from '../../workflows/index.ts'",
  'src/cli/a.ts': "import { a } from '../composio/api.ts'",
  'sandbox/a.ts': "import { a } from '../src/client.ts'",
  'sandbox/api/a.ts': "import { a } from '../../src/domain/account.ts'",
  'demo/a.ts': "import { a } from '../src/worker.ts'",
  'src/temporal/c.ts': 'client.workflow.list({ query })',
  'src/temporal/d.ts': 'const { list } = client.workflow',
  'src/temporal/e.ts': 'client.workflowService.listWorkflowExecutions({ query })',
  'src/activities/shared/a.ts': 'getClient().workflow.count(query)',
  'src/client/sweep/a.ts': 'client.schedule.list()',
};

const right = {
  'src/domain/connect/z.ts': "import { a } from '../disconnect/disconnect.ts'",
  'src/domain/use/z.ts': "import { a } from '../access/access.ts'",
  'src/composio/z.ts': "import { a } from '../domain/ids.ts'",
  'src/outbound/z.ts': "import { a } from '../domain/ids.ts'",
  'src/temporal/z.ts': "import { a } from '../crypto/key-ring.ts'",
  'src/activities/events/z.ts': "import { a } from '../../outbound/signed-post.ts'",
  'src/activities/access/x.ts': "import { a } from '../../temporal/open-runs.ts'",
  'src/activities/access/y.ts': "import { a } from '../../temporal/visibility.ts'",
  'src/activities/access/z.ts': "import { a } from '../../protocol/messages.ts'",
  'src/workflows/connect/x.ts': "import { a } from '../../domain/use/usability.ts'",
  'src/workflows/connect/y.ts': "import { a } from '../access/options.ts'",
  'src/workflows/connect/z.ts': "import type { a } from '../../activities/index.ts'",
  'src/accounts/y.ts': "import { a } from '../composio/refusals.ts'",
  'src/accounts/z.ts': "import { a } from '../client.ts'",
  'src/process/z.ts': "import { a } from '../domain/errors.ts'",
  'src/gateway/webhooks/z.ts': "import { a } from '../../domain/schemas.ts'",
  'src/cli/commands/z.ts': "import { a } from '../../dev/local-stack.ts'",
  'sandbox/z.ts': "import { a } from '../src/domain/auth-schemes.ts'",
  'demo/y.ts': "import { a } from '../src/accounts.ts'",
  'demo/z.ts': "import { a } from '../src/index.ts'",
  'src/temporal/visibility.ts': 'client.workflow.list({ query })',
};

let reported: string;

beforeAll(() => {
  copyFileSync('.oxlintrc.json', join(tree, '.oxlintrc.json'));
  for (const [path, line] of Object.entries({ ...wrong, ...right })) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), `${line};\n`);
  }
  const rules = ['no-restricted-imports', 'no-restricted-properties'];
  const options = ['--format', 'unix', '-A', 'all', ...rules.flatMap((rule) => ['-D', rule])];
  reported = spawnSync(oxlint, options, { cwd: tree, encoding: 'utf8' }).stdout;
});

afterAll(() => rmSync(tree, { recursive: true }));

describe('the linter', () => {
  it.each(Object.entries(wrong))('refuses in %s: %s', (path) => {
    expect(reported).toContain(`${path}:`);
  });

  it.each(Object.entries(right))('allows in %s: %s', (path) => {
    expect(reported).not.toContain(`${path}:`);
  });
});

it('only files that the lint rule for visibility checks can use visibility', () => {
  const folders = ['domain', 'composio', 'gateway', 'cli'];
  const files = folders.flatMap((folder) =>
    readdirSync(join('src', folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join('src', folder, file)),
  );
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => readFileSync(file, 'utf8').includes('@temporalio'))).toEqual([]);
});

it('only config.ts reads the environment of the process', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
  const readers = files
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => readFileSync(join('src', file), 'utf8').includes('process.env'));
  expect(readers).toEqual(['config.ts']);
});
