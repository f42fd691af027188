import { type CommandDependencies, createCommandActivities } from './account-command.ts';
import { createActSweepActivities } from './act-sweep.ts';
import { createEndingActivities } from './ending.ts';
import { createEntitlementActivities, type EntitlementDependencies } from './entitlement.ts';
import { createHaltSweepActivities } from './halt-sweep.ts';
import { createListSweepActivities, type SweepDependencies } from './list-sweep.ts';
import { createOpenActivities, type OpenDependencies } from './open-attempt.ts';
import { createPostActivities, type PostDependencies } from './post-event.ts';
import { createReadActivities } from './read-attempt.ts';
import { createReconnectActivities, type ReconnectDependencies } from './reconnect-link.ts';
import { createRefreshActivities, type RefreshDependencies } from './refresh.ts';
import { createRemovalActivities } from './removal.ts';
import { createSettlingActivities } from './settling.ts';
import { createToldActivities } from './told.ts';

export type { CommandResult } from './account-command.ts';
export type { Listing, PreparedSweep } from './list-sweep.ts';
export type { PreparedEnd } from './ending.ts';
export type { RefusalDetails } from './failures.ts';
export type { OpenedAttempt } from './open-attempt.ts';
export type { ToldReading } from './told.ts';
export type { PreparedRefresh, RefreshedAccount } from './refresh.ts';
export type { Removal, RemovalRequest } from './removal.ts';

/** Every activity that calls the API or the entitlement hook; workflows see only their types. */
export function createActivities(
  deps: OpenDependencies &
    ReconnectDependencies &
    RefreshDependencies &
    CommandDependencies &
    EntitlementDependencies,
) {
  return {
    ...createCommandActivities(deps),
    ...createEntitlementActivities(deps),
    ...createEndingActivities(deps),
    ...createOpenActivities(deps),
    ...createReadActivities(deps),
    ...createReconnectActivities(deps),
    ...createRefreshActivities(deps),
    ...createRemovalActivities(deps),
    ...createSettlingActivities(deps),
    ...createToldActivities(deps),
  };
}

/** Those for which nobody waits: `deps.api` leaves a reserve of the budget to the others. */
export function createBulkActivities(deps: SweepDependencies) {
  return {
    ...createListSweepActivities(deps),
    ...createActSweepActivities(deps),
    ...createHaltSweepActivities(),
  };
}

/** Those of the endpoints' queues, which never see the API. */
export function createEventActivities(deps: PostDependencies) {
  return createPostActivities(deps);
}

export type Activities = ReturnType<typeof createActivities> &
  ReturnType<typeof createBulkActivities> &
  ReturnType<typeof createEventActivities>;
