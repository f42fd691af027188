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

const wrong = {
  'src/domain/a.ts': "import { a } from '../keys.ts'",
  'src/composio/a.ts': "import { a } from '../activities/call.ts'",
  'src/activities/a.ts': "import { a } from '../gateway/app.ts'",
  'src/activities/b.ts': "import { a } from '../workflows/options.ts'",
  'src/workflows/a.ts': "import { a } from '../activities/call.ts'",
  'src/workflows/b.ts': "import { a } from '../domain/schemas.ts'",
  'src/workflows/c.ts': "import { a } from '../config.ts'",
  'src/workflows/d.ts': "import { a } from 'node:fs'",
  'src/workflows/e.ts': "import { a } from 'zod'",
  'src/temporal/a.ts': "import { a } from '../config.ts'",
  'src/temporal/b.ts': "import { a } from '../dev-server/dev-server.ts'",
  'src/dev-server/a.ts': "import { a } from '../worker.ts'",
  'src/client.ts': "import { a } from './composio/api.ts'",
  'src/index.ts': "import { a } from './composio/api.ts'",
  'src/client/disconnect/disconnect-handle.ts': "import { a } from './worker.ts'",
  'src/workflows/n.ts': "import { a } from '../index.ts'",
  'src/accounts.ts': "import { a } from './temporal/connect.ts'",
  'src/accounts/a.ts': "import { a } from '../activities/failures.ts'",
  'src/accounts/b.ts': "import { a } from '../worker.ts'",
  'src/client/connect/connection-handle.ts': "import { a } from './accounts.ts'",
  'src/activities/c.ts': "import { a } from '../temporal/connect.ts'",
  'src/workflows/i.ts': "import { a } from '../accounts.ts'",
  'src/workflows/j.ts': "import { a } from '../domain/account-filter-schema.ts'",
  'src/gateway/a.ts': "import { a } from '../composio/api.ts'",
  'src/cli/a.ts': "import { a } from '../workflows/index.ts'",
  'src/gateway/b.ts': "import { a } from '../config.ts'",
  'src/gateway/c.ts': "import { a } from '../../sandbox/index.ts'",
  'src/workflows/f.ts': "import { a } from '../../sandbox/index.ts'",
  'src/workflows/g.ts': "import { a } from '../domain/event-endpoints.ts'",
  'src/workflows/h.ts': "import { a } from '../events/post.ts'",
  'src/workflows/k.ts': "import { a } from '../domain/subscription-event-schema.ts'",
  'src/workflows/l.ts': "import { a } from '../domain/entitlement-schemas.ts'",
  'src/workflows/m.ts': "import { a } from '../domain/ending-schemas.ts'",
  'src/receiver/verify-entitlement-request.ts': "import { a } from './events/sign.ts'",
  'src/events/a.ts': "import { a } from '../composio/api.ts'",
  'src/client/events/event-deliveries.ts': "import { a } from './events/post.ts'",
  'src/crypto/url-tokens.ts': "import { a } from './worker.ts'",
  'src/crypto/key-ring.ts': "import { a } from './gateway/app.ts'",
  'src/config.ts': "import { a } from './composio/api.ts'",
  'src/observability/a.ts': "import { a } from '../worker.ts'",
  'src/worker.ts': "import { a } from './cli/main.ts'",
  'sandbox/a.ts': "import { a } from '../src/client.ts'",
  'sandbox/b.ts': "import { a } from '../src/domain/account.ts'",
  'demo/a.ts': "import { a } from '../src/worker.ts'",
  'src/temporal/c.ts': 'client.workflow.list({ query })',
  'src/temporal/d.ts': 'const { list } = client.workflow',
  'src/temporal/e.ts': 'client.workflowService.listWorkflowExecutions({ query })',
  'src/activities/d.ts': 'getClient().workflow.count(query)',
  'src/client/sweep/schedules.ts': 'client.schedule.list()',
};

const right = {
  'src/composio/z.ts': "import { a } from '../domain/ids.ts'",
  'src/activities/y.ts': "import { a } from '../events/post.ts'",
  'src/events/z.ts': "import { a } from '../domain/ids.ts'",
  'src/accounts/y.ts': "import { a } from '../composio/refusals.ts'",
  'src/accounts/z.ts': "import { a } from '../client.ts'",
  'src/activities/x.ts': "import { a } from '../temporal/open-runs.ts'",
  'src/workflows/y.ts': "import { a } from '../domain/usability.ts'",
  'src/activities/z.ts': "import { a } from '../workflows/messages.ts'",
  'src/workflows/x.ts': "import { a } from '../domain/entitlement.ts'",
  'src/workflows/z.ts': "import type { a } from '../activities/call.ts'",
  'src/process/close-stack.ts': "import { a } from './domain/errors.ts'",
  'src/temporal/z.ts': "import { a } from '../keys.ts'",
  'sandbox/z.ts': "import { a } from '../src/domain/auth-schemes.ts'",
  'demo/y.ts': "import { a } from '../src/accounts.ts'",
  'demo/z.ts': "import { a } from '../src/index.ts'",
  'src/temporal/visibility.ts': 'client.workflow.list({ query })',
  'src/activities/w.ts': "import { a } from '../temporal/visibility.ts'",
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

it('only files under the lint rule for visibility could reach it', () => {
  const folders = ['domain', 'composio', 'gateway', 'cli'];
  const files = folders.flatMap((folder) =>
    readdirSync(join('src', folder), { encoding: 'utf8' }).map((file) => join('src', folder, file)),
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
