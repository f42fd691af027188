import { describe, expect, it } from 'vitest';
import { FakeApi, stageFor } from '../support.ts';

function prepare(request: unknown, workflowId = 'user/ada') {
  const { environment, activities } = stageFor(new FakeApi(), { workflowId });
  return environment.run(activities.prepareAccess, { input: { userId: 'ada' }, request });
}

const refused = {
  type: 'ERR_INVALID_INPUT',
  nonRetryable: true,
  details: [{ field: 'userId', tries: 1 }],
};

describe('the access run of a user', () => {
  it('accepts a request for its own user', async () => {
    const request = { userId: 'ada', request: 'renew' };
    expect(await prepare(request)).toMatchObject({ request, visibleUserId: 'ada' });
  });

  it.each(['lapse', 'offboard', 'readmit'])('refuses to %s another user', async (request) => {
    await expect(
      prepare({ userId: 'eve', request, actor: 'bob', reason: 'left' }),
    ).rejects.toMatchObject(refused);
  });

  it('refuses the input of another user', async () => {
    await expect(prepare(null, 'user/eve')).rejects.toMatchObject(refused);
  });
});
