import { describe, expect, it } from 'vitest';
import type { PreparedRefresh } from '../../../../src/activities/index.ts';
import type { OwnedSnapshot } from '../../../../src/domain/account.ts';
import { FakeApi, row, stageFor } from '../support.ts';

async function prepare(account: Partial<OwnedSnapshot>): Promise<PreparedRefresh> {
  const api = new FakeApi();
  api.rows = [row(account)];
  const { environment, activities } = stageFor(api, { workflowId: 'account/ca_1' });
  const given = { userId: 'ada', connectedAccountId: 'ca_1' };
  return environment.run(activities.prepareRefresh, given);
}

describe('a refresh', () => {
  it('finds the account of a user after the grant has died, and refreshes it', async () => {
    const died = { status: 'EXPIRED', statusReason: 'token refresh failed' } as const;
    expect(await prepare(died)).toMatchObject({
      finding: null,
      statusBefore: 'EXPIRED',
      facts: { userId: 'ada', authConfigId: 'ac_1' },
    });
  });

  it('finds an account that works healthy', async () => {
    expect(await prepare({ status: 'ACTIVE' })).toMatchObject({ finding: { outcome: 'healthy' } });
  });

  it('finds no account of another user', async () => {
    const refused = { type: 'ERR_ACCOUNT_NOT_FOUND', nonRetryable: true };
    await expect(prepare({ userId: 'eve', status: 'EXPIRED' })).rejects.toMatchObject(refused);
  });
});
