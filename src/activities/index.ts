import { type CommandDependencies, createCommandActivities } from './change/account-command.ts';
import { createActSweepActivities } from './sweep/act-sweep.ts';
import { createRevokeAccountsActivities } from './access/revoke-accounts.ts';
import { createDisconnectActivities } from './disconnect/disconnect.ts';
import { createEntitlementActivities, type EntitlementDependencies } from './access/entitlement.ts';
import { createPauseScheduleActivities } from './sweep/pause-schedule.ts';
import { createDisableIfBlockedActivities } from './access/disable-if-blocked.ts';
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
import { createAfterActiveActivities } from './connect/after-active.ts';
import { createSharedMentionsActivities } from './access/shared-mentions.ts';
import { createReauthActivities } from './refresh/reauth.ts';
import { createUserRunActivities } from './access/user-runs.ts';
import pLimit from 'p-limit';

export type { CommandResult } from './change/account-command.ts';
export type { BatchReport } from './sweep/act-sweep.ts';
export type { Listing, PreparedSweep } from './sweep/list-sweep.ts';
export type { PreparedDisconnect } from './disconnect/disconnect.ts';
export type { RefusalDetails } from './shared/failures.ts';
export type { OpenedAttempt } from './connect/open-attempt.ts';
export type { PreparedAccess } from './access/prepare-access.ts';
export type { ReauthReading } from './refresh/reauth.ts';
export type { PreparedRefresh, RefreshedAccount } from './refresh/refresh-account.ts';
export type { Removal, RemovalRequest } from './connect/remove-account.ts';

/** Every activity that calls the API or the entitlement hook. Workflows see only the types. */
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
    ...createDisconnectActivities(deps),
    ...createDisableIfBlockedActivities(deps),
    ...createOpenActivities(deps),
    ...createPrepareAccessActivities(deps),
    ...createReadActivities(deps),
    ...createReconnectActivities(deps),
    ...createRefreshActivities(deps),
    ...createReleaseActivities(),
    ...createRemovalActivities(deps),
    ...createAfterActiveActivities(deps),
    ...createReauthActivities(deps),
    ...createUserRunActivities(deps),
  };
}

/**
 * The limit for all pauses and offboardings in this process together. Sweeps have a separate limit
 * of 100.
 */
const accountsAtOnce = 50;

/**
 * Background activities for which nobody waits. `deps.api` leaves a reserve of the API budget to
 * other callers. They include all API calls of `userAccess`. What `userAccess` asks of Temporal
 * only runs on the queue of the waiting callers.
 */
export function createBulkActivities(config: Omit<SweepDependencies, 'parking'>) {
  const deps = { ...config, parking: new Parking() };
  const batches = { ...deps, places: pLimit(accountsAtOnce) };
  return {
    ...createListSweepActivities(deps),
    ...createActSweepActivities(deps),
    ...createPauseScheduleActivities(),
    ...createListUserAccountsActivities(deps),
    ...createPauseActivities(batches),
    ...createRevokeAccountsActivities(batches),
    ...createSharedMentionsActivities(deps),
  };
}

/** Activities of the endpoints' queues, which never call the API. */
export function createEventActivities(deps: PostDependencies) {
  return createPostActivities(deps);
}

export type Activities = ReturnType<typeof createActivities> &
  ReturnType<typeof createBulkActivities> &
  ReturnType<typeof createEventActivities>;
