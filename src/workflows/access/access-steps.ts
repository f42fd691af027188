import { ActivityFailure, log } from '@temporalio/workflow';
import type { PreparedAccess } from '../../activities/index.ts';
import type { AccessEvent, AccessInput } from '../../domain/access/access.ts';
import type { LeftAccount } from '../../domain/access/batches.ts';
import type { AccessStep, StepResult } from '../../domain/access/next-step.ts';
import { type AccessState, toIso } from '../../domain/access/state.ts';
import { policyOf } from '../../domain/disconnect/policy.ts';
import { defined } from '../../domain/defined.ts';
import { sendEvent } from '../events/send-event.ts';
import { accessActivities, accessBatchActivities, entitlementActivities } from './options.ts';
import { revokeInOwnRuns } from './revoke-in-own-runs.ts';
import { showProgress } from './show-access.ts';

/**
 * The hour before a request, and the hour after it. A mass of requests is visible from its first
 * and from its last one.
 */
const hourMs = 3_600_000;

type DisconnectStep = Extract<AccessStep, { step: 'disconnect' }>;
/** A step that activities do. A `disconnect` has several batches at once. */
type OtherStep = Exclude<AccessStep, { step: 'wait' | 'close' | 'disconnect' }>;

/** Runs the steps of one user's access, each by its activities. `state` returns the latest state. */
export class AccessSteps {
  readonly #input: AccessInput;
  readonly #state: () => AccessState;
  #events = 0;

  constructor(input: AccessInput, state: () => AccessState) {
    this.#input = input;
    this.#state = state;
  }

  /** The works of a step. Each result is applied to the state as soon as it is there. */
  start(step: DisconnectStep | OtherStep): Promise<StepResult>[] {
    if (step.step === 'disconnect') return step.batches.map((batch) => this.#revokeBatch(batch));
    return [this.#run(step)];
  }

  /** Reads a worker's configuration. Waits for a worker without a limit, so no request is lost. */
  async readConfiguration(): Promise<PreparedAccess> {
    return accessActivities().prepareAccess({ input: this.#input, request: null });
  }

  async #run(step: OtherStep): Promise<StepResult> {
    const { userId } = this.#input;
    const { version } = this.#state();
    const batches = accessBatchActivities();
    switch (step.step) {
      case 'send':
        await this.#send(step.event);
        return { step: 'send' };
      case 'count': {
        const { accessLossesPerHour: limit } = await this.readConfiguration();
        return { step: 'count', count: await countLossesAround(step.entered), limit, version };
      }
      case 'askBackend':
        return { step: 'askBackend', entitled: await this.#isEntitled(), version };
      case 'list': {
        const page = { userId, ...defined({ cursor: step.cursor ?? undefined }) };
        return { ...(await batches.listUserAccounts(page)), step: 'list', version };
      }
      case 'pause': {
        const { accounts } = step;
        const report = await batches.pauseAccounts({ userId, accounts });
        return { step: 'pause', accounts, report };
      }
      case 'restore': {
        const { accounts } = step;
        const report = await batches.restoreAccounts({ userId, accounts });
        return { step: 'restore', accounts, report };
      }
      case 'cancelConnects': {
        const attempts = await accessActivities().cancelOpenAttempts({ userId });
        return { step: 'cancelConnects', attempts };
      }
      case 'handOver': {
        const { accounts } = step;
        const options = { ...this.#attribution(), timings: this.#input.timings?.endings };
        const result = await revokeInOwnRuns(userId, accounts, options);
        return { ...result, step: 'handOver', accounts };
      }
      case 'mentions':
        return { step: 'mentions', mentions: await batches.listSharedMentions({ userId }) };
    }
  }

  async #revokeBatch(batch: LeftAccount[]): Promise<StepResult> {
    const reason = 'offboarding' as const;
    const result = await accessBatchActivities().revokeAndDeleteAccounts({
      userId: this.#input.userId,
      accounts: batch,
      policy: policyOf(reason),
      reason,
      ...this.#attribution(),
    });
    showProgress(this.#state());
    return { ...result, step: 'disconnect', batch };
  }

  #attribution() {
    const { actor = null, reason: note = null } = this.#state().offboarding ?? {};
    return { actor, note };
  }

  async #isEntitled(): Promise<boolean | null> {
    const { userId } = this.#input;
    const { timings } = this.#state();
    try {
      return (await entitlementActivities(timings).checkEntitlement({ userId })).entitled;
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      const why = { error: String(error.cause ?? error) };
      const message = 'the entitlement hook gave no answer; the access run asks again later';
      if (this.#state().held === null) log.error(message, why);
      return null;
    }
  }

  async #send(event: AccessEvent): Promise<void> {
    const { endpoints } = await this.readConfiguration();
    const content = { ...event, connectionId: null, connectedAccountId: null };
    await sendEvent(endpoints, content, ++this.#events);
  }
}

/**
 * Counts the users who lose access in the hour before and in the hour after, and returns the
 * higher number. Visibility counts the runs that entered a closed phase since a time. It is
 * seconds behind, so the count is at least 1: this user.
 */
async function countLossesAround(entered: number): Promise<number> {
  const times = [entered - hourMs, entered, entered + hourMs].filter((at) => at < Date.now());
  const since = times.map((at) => accessActivities().countUsersLosingAccess({ since: toIso(at) }));
  const [before = 0, after = 0, later = 0] = await Promise.all(since);
  return Math.max(before - after, after - later, 1);
}
