import { describe, expect, it } from 'vitest';
import { FakeApi, row, stageFor } from '../support.ts';

const probe = { userId: 'ada', siblings: ['ca_2', 'ca_3'] };

function setUp() {
  const api = new FakeApi();
  return { api, ...stageFor(api, { workflowId: 'account/ca_1' }) };
}

describe('the siblings of an account whose grant was revoked', () => {
  it('have their user notified if they lost the same grant', async () => {
    const { api, environment, activities, notices } = setUp();
    api.rows = [row({ id: 'ca_2', status: 'EXPIRED' }), row({ id: 'ca_3', status: 'ACTIVE' })];
    expect(await environment.run(activities.checkSiblings, probe)).toEqual(['ca_2']);
    expect(notices).toEqual(['reauth/ca_2']);
  });

  it('are left alone if they belong to another user now', async () => {
    const { api, environment, activities, notices } = setUp();
    api.rows = [row({ id: 'ca_2', userId: 'eve', status: 'EXPIRED' })];
    expect(await environment.run(activities.checkSiblings, probe)).toEqual([]);
    expect(notices).toEqual([]);
  });
});

describe('a user who was notified', () => {
  it('is not notified again while the notice is open', async () => {
    const { environment, activities, notices } = setUp();
    const account = { connectedAccountId: 'ca_1', userId: 'ada', authConfigId: 'ac_1' };
    expect(await environment.run(activities.startReauth, account)).toBe(true);
    expect(await environment.run(activities.startReauth, account)).toBe(false);
    expect(notices).toEqual(['reauth/ca_1']);
  });
});
