import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createActivities, createBulkActivities } from '../../src/activities/index.ts';
import * as served from '../../src/workflows/index.ts';
import { writersTable } from '../support/writers-table.ts';

const folder = new URL('../../src/activities/', import.meta.url);
const write =
  /\bapi\.(createLink|createAccount|setAlias|patchCredentials|setSharing|setEnabled|revokeAccount|refreshAccount|completeAuth|deleteAccount)\(/;

it('the table of writers names every file that writes to an account, and no other', () => {
  const writing = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => write.test(readFileSync(new URL(file, folder), 'utf8')));
  const named = new Set(writersTable().flatMap(({ files }) => files));
  expect([...named].sort()).toEqual(writing.map((file) => file.replace(/\.ts$/, '')).sort());
});

it('the table of writers names only existing activities and workflows', () => {
  const nothing = {} as never;
  const activities = { ...createActivities(nothing), ...createBulkActivities(nothing) };
  for (const { writers, workflow } of writersTable()) {
    expect(writers.filter((writer) => !(writer in activities))).toEqual([]);
    expect(Object.keys(served)).toContain(workflow);
  }
});

it('the table of writers has the lock if the id of the workflow is the lock', () => {
  const names = JSON.parse(
    readFileSync(new URL('../../contract/names.json', import.meta.url), 'utf8'),
  ) as { workflows: Record<string, { id: string }> };
  for (const { workflow, lock } of writersTable()) {
    const isHolder = names.workflows[workflow]?.id.startsWith('account/') === true;
    expect([workflow, lock]).toEqual([workflow, isHolder ? 'yes' : 'no']);
  }
});
