import { type CommandDependencies, createCommandActivities } from './account-command.ts';
import { createActSweepActivities } from './act-sweep.ts';
import { createEndAccountsActivities } from './end-accounts.ts';
import { createEndingActivities } from './ending.ts';
import { createEntitlementActivities, type EntitlementDependencies } from './entitlement.ts';
import { createHaltSweepActivities } from './halt-sweep.ts';
import { createHoldBackActivities } from './hold-back.ts';
import { createListSweepActivities, type SweepDependencies } from './list-sweep.ts';
import { createListUserAccountsActivities } from './list-user-accounts.ts';
import { createOpenActivities, type OpenDependencies } from './open-attempt.ts';
import { Parking } from './parking.ts';
import { createPauseActivities } from './pause-accounts.ts';
import { createPostActivities, type PostDependencies } from './post-event.ts';
import { createPrepareAccessActivities, type PrepareAccessDependencies } from './prepare-access.ts';
import { createReadActivities } from './read-attempt.ts';
import { createReconnectActivities, type ReconnectDependencies } from './reconnect-link.ts';
import { createRefreshActivities, type RefreshDependencies } from './refresh.ts';
import { createReleaseActivities } from './release-account.ts';
import { createRemovalActivities } from './removal.ts';
import { Semaphore } from './semaphore.ts';
import { createSettlingActivities } from './settling.ts';
import { createSharedMentionsActivities } from './shared-mentions.ts';
import { createToldActivities } from './told.ts';
import { createUserRunActivities } from './user-runs.ts';

export type { CommandResult } from './account-command.ts';
export type { Listing, PreparedSweep } from './list-sweep.ts';
export type { PreparedEnd } from './ending.ts';
export type { RefusalDetails } from './failures.ts';
export type { OpenedAttempt } from './open-attempt.ts';
export type { PreparedAccess } from './prepare-access.ts';
export type { ToldReading } from './told.ts';
export type { PreparedRefresh, RefreshedAccount } from './refresh.ts';
export type { Removal, RemovalRequest } from './removal.ts';

/** Every activity that calls the API or the entitlement hook; workflows see only their types. */
export function createActivities(
  deps: OpenDependencies &
    ReconnectDependencies &
    RefreshDependencies &
    CommandDependencies &
    EntitlementDependencies &
    PrepareAccessDependencies,
) {
  return {
    ...createCommandActivities(deps),
    ...createEntitlementActivities(deps),
    ...createEndingActivities(deps),
    ...createHoldBackActivities(deps),
    ...createOpenActivities(deps),
    ...createPrepareAccessActivities(deps),
    ...createReadActivities(deps),
    ...createReconnectActivities(deps),
    ...createRefreshActivities(deps),
    ...createReleaseActivities(),
    ...createRemovalActivities(deps),
    ...createSettlingActivities(deps),
    ...createToldActivities(deps),
    ...createUserRunActivities(deps),
  };
}

/** Of all pauses and endings of users' accounts in this process together; sweeps have a hundred of their own. */
const accountsAtOnce = 50;

/**
 * Those for which nobody waits: `deps.api` leaves a reserve of the budget to the others. Of `userAccess` all
 * that calls the API; what it asks of Temporal alone is on the queue of those who wait.
 */
export function createBulkActivities(config: Omit<SweepDependencies, 'parking'>) {
  const deps = { ...config, parking: new Parking() };
  const batches = { ...deps, places: new Semaphore(accountsAtOnce) };
  return {
    ...createListSweepActivities(deps),
    ...createActSweepActivities(deps),
    ...createHaltSweepActivities(),
    ...createListUserAccountsActivities(deps),
    ...createPauseActivities(batches),
    ...createEndAccountsActivities(batches),
    ...createSharedMentionsActivities(deps),
  };
}

/** Those of the endpoints' queues, which never see the API. */
export function createEventActivities(deps: PostDependencies) {
  return createPostActivities(deps);
}

export type Activities = ReturnType<typeof createActivities> &
  ReturnType<typeof createBulkActivities> &
  ReturnType<typeof createEventActivities>;
