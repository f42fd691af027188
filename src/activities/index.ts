import { type CommandDependencies, createCommandActivities } from './change/account-command.ts';
import { createActSweepActivities } from './sweep/act-sweep.ts';
import { createEndAccountsActivities } from './access/revoke-accounts.ts';
import { createEndingActivities } from './disconnect/disconnect.ts';
import { createEntitlementActivities, type EntitlementDependencies } from './access/entitlement.ts';
import { createHaltSweepActivities } from './sweep/halt-sweep.ts';
import { createHoldBackActivities } from './access/hold-back.ts';
import { createListSweepActivities, type SweepDependencies } from './sweep/list-sweep.ts';
import { createListUserAccountsActivities } from './access/list-user-accounts.ts';
import { createOpenActivities, type OpenDependencies } from './connect/open-attempt.ts';
import { Parking } from './batch/key-refused.ts';
import { createPauseActivities } from './access/pause-accounts.ts';
import { createPostActivities, type PostDependencies } from './events/post-event.ts';
import {
  createPrepareAccessActivities,
  type PrepareAccessDependencies,
} from './access/prepare-access.ts';
import { createReadActivities } from './connect/read-attempt.ts';
import { createReconnectActivities, type ReconnectDependencies } from './connect/reconnect-link.ts';
import { createRefreshActivities, type RefreshDependencies } from './refresh/refresh-account.ts';
import { createReleaseActivities } from './disconnect/release-account.ts';
import { createRemovalActivities } from './connect/remove-account.ts';
import { Semaphore } from './batch/semaphore.ts';
import { createSettlingActivities } from './connect/after-active.ts';
import { createSharedMentionsActivities } from './access/shared-mentions.ts';
import { createToldActivities } from './refresh/reauth.ts';
import { createUserRunActivities } from './access/visibility.ts';

export type { CommandResult } from './change/account-command.ts';
export type { Listing, PreparedSweep } from './sweep/list-sweep.ts';
export type { PreparedEnd } from './disconnect/disconnect.ts';
export type { RefusalDetails } from './shared/failures.ts';
export type { OpenedAttempt } from './connect/open-attempt.ts';
export type { PreparedAccess } from './access/prepare-access.ts';
export type { ToldReading } from './refresh/reauth.ts';
export type { PreparedRefresh, RefreshedAccount } from './refresh/refresh-account.ts';
export type { Removal, RemovalRequest } from './connect/remove-account.ts';

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
