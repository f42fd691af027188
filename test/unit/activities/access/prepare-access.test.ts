import { describe, expect, it } from 'vitest';
import { FakeApi, stageFor } from '../support.ts';

function prepare(order: unknown, workflowId = 'user/ada') {
  const { environment, activities } = stageFor(new FakeApi(), { workflowId });
  return environment.run(activities.prepareAccess, { input: { userId: 'ada' }, order });
}

const refused = {
  type: 'ERR_INVALID_INPUT',
  nonRetryable: true,
  details: [{ field: 'userId', tries: 1 }],
};

describe('the run of one user', () => {
  it('takes a request for its own user', async () => {
    const order = { userId: 'ada', order: 'renew' };
    expect(await prepare(order)).toMatchObject({ order, visibleUserId: 'ada' });
  });

  it.each(['lapse', 'offboard', 'readmit'])('refuses to %s another user', async (order) => {
    await expect(
      prepare({ userId: 'eve', order, actor: 'bob', reason: 'left' }),
    ).rejects.toMatchObject(refused);
  });

  it('refuses the input of another user', async () => {
    await expect(prepare(null, 'user/eve')).rejects.toMatchObject(refused);
  });
});
