import type { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import {
  type Condition,
  countVisibleRuns,
  hasAttribute,
  hasAttributePrefix,
  hasDateFrom,
  hasIdIn,
  hasIdPrefix,
  hasType,
  isAny,
  isNot,
  isOpen,
  type VisibleRun,
  listVisibleRuns,
} from '../../../src/temporal/visibility.ts';
import { searchAttributeKeys as keys } from '../../../src/protocol/messages.ts';
import { withoutCodecs } from '../activities/support.ts';

const noon = new Date('2026-11-30T12:00:00Z');

const run = {
  workflowId: 'connect/bob/ac_gmail',
  type: 'connectUser',
  status: { name: 'RUNNING', code: 1 },
  typedSearchAttributes: new TypedSearchAttributes([
    { key: keys.authConfigId, value: 'ac_gmail' },
    { key: keys.outcome, value: 'FAILED:denied' },
    { key: keys.entered, value: noon },
  ]),
} as unknown as VisibleRun;

/**
 * Answers every query with these rows, like a server whose query language reads a value
 * differently.
 */
function serverWith(...rows: VisibleRun[]) {
  const queries: string[] = [];
  const workflow = {
    async *list({ query }: { query: string }) {
      queries.push(query);
      yield* rows;
    },
    count: async (query: string) => {
      queries.push(query);
      return { count: rows.length };
    },
  };
  return { client: { options: withoutCodecs, workflow } as unknown as Client, queries };
}

async function found(conditions: Condition[]): Promise<VisibleRun[]> {
  const rows: VisibleRun[] = [];
  for await (const row of listVisibleRuns(serverWith(run).client, conditions)) rows.push(row);
  return rows;
}

const later = new Date(noon.getTime() + 1);

it.each([
  ['hasType', hasType('connectUser'), hasType('userAccess')],
  ['isOpen and isNot', isOpen, isNot('RUNNING')],
  ['hasIdIn', hasIdIn(['a', run.workflowId]), hasIdIn(['connect/bob'])],
  ['hasIdPrefix', hasIdPrefix('connect/bob/'), hasIdPrefix('connect/Bob/')],
  [
    'hasAttribute',
    hasAttribute(keys.authConfigId, 'ac_gmail'),
    hasAttribute(keys.authConfigId, "ac_gmail'"),
  ],
  ['hasAttribute of none', hasType('connectUser'), hasAttribute(keys.userId, 'bob')],
  [
    'hasAttributePrefix',
    hasAttributePrefix(keys.outcome, 'FAILED'),
    hasAttributePrefix(keys.outcome, 'denied'),
  ],
  ['hasDateFrom', hasDateFrom(keys.entered, noon), hasDateFrom(keys.entered, later)],
  ['isAny', isAny([isNot('RUNNING'), isOpen]), isAny([isNot('RUNNING'), hasIdIn(['a'])])],
])('compares each row, whatever the server returned: %s', async (_, right, wrong) => {
  expect(await found([right])).toEqual([run]);
  expect(await found([right, wrong])).toEqual([]);
});

describe('a query', () => {
  it.each(["bob'", '"bob', 'a\\b', "''", 'a b', 'ü', ''])('never has the value %j', (value) => {
    const conditions = [
      hasAttribute(keys.authConfigId, value),
      hasAttributePrefix(keys.outcome, value),
      hasIdPrefix(value),
      hasIdIn(['plain', value]),
    ];
    for (const { query } of [...conditions, isAny([isOpen, ...conditions])])
      expect(query).toBeNull();
  });

  it('contains the safe conditions, and leaves the others to the comparison', async () => {
    const { client, queries } = serverWith();
    const conditions = [hasType('connectUser'), hasAttribute(keys.authConfigId, "ac'"), isOpen];
    for await (const _ of listVisibleRuns(client, conditions)) expect.unreachable();
    expect(queries).toEqual(['WorkflowType = "connectUser" AND ExecutionStatus = "Running"']);
  });
});

it('counts only if the query contains all conditions', async () => {
  const { client, queries } = serverWith(run);
  expect(await countVisibleRuns(client, [hasType('connectUser'), isOpen])).toBe(1);
  const hostile = hasAttribute(keys.authConfigId, "ac'");
  await expect(countVisibleRuns(client, [isOpen, hostile])).rejects.toThrow('cannot be counted');
  expect(queries).toHaveLength(1);
});
