import { createOpenActivities, type OpenDependencies } from './open-attempt.ts';
import { createPostActivities, type PostDependencies } from './post-event.ts';
import { createReadActivities } from './read-attempt.ts';
import { createRemovalActivities } from './removal.ts';

export type { RefusalDetails } from './failures.ts';
export type { OpenedAttempt } from './open-attempt.ts';
export type { Removal } from './removal.ts';

/** Every activity that calls the API; workflows see only their types. */
export function createActivities(deps: OpenDependencies) {
  return {
    ...createOpenActivities(deps),
    ...createReadActivities(deps),
    ...createRemovalActivities(deps),
  };
}

/** Those of the endpoints' queues, which never see the API. */
export function createEventActivities(deps: PostDependencies) {
  return createPostActivities(deps);
}

export type Activities = ReturnType<typeof createActivities> &
  ReturnType<typeof createEventActivities>;
