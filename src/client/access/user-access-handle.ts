import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { AccessView, OffboardingReceipt } from '../../domain/access/access.ts';
import { callTemporal } from '../../temporal/errors.ts';
import { readReceipt } from './offboarding-receipt.ts';
import { readNewestRun } from '../../temporal/open-runs.ts';
import { queryRun, callWithin } from '../../temporal/deadline.ts';
import { accessViewQuery, searchAttributeKeys } from '../../protocol/messages.ts';

const callWithinMs = 10_000;
const pollFirstMs = 500;
const pollMaxMs = 10_000;

/** In these phases `result` waits without a query. `opening`: the run has just started. */
const activePhases = ['opening', 'cooling_off', 'offboarding'];

/** One user's access. Creating a handle makes no call. */
export class UserAccessHandle {
  readonly #client: Client;
  readonly workflowId: string;

  constructor(client: Client, workflowId: string) {
    this.#client = client;
    this.workflowId = workflowId;
  }

  /**
   * Reads the user's access: the phase, when it ends, who asked for it and why. Null when the
   * access is open and no run is under way. Safe to repeat. ERR_NO_WORKER after 12 s;
   * ERR_TEMPORAL_UNAVAILABLE.
   */
  async describe(): Promise<AccessView | null> {
    const run = await this.#readNewestRun();
    if (run === null || run.closeTime !== undefined) return null;
    return queryRun(this.#client, run, accessViewQuery);
  }

  /**
   * Waits until no offboarding is under way and returns its receipt; null when it was canceled, or
   * there was none. The wait includes the cooling-off and, if the offboarding is held, its release
   * by a person. Safe to repeat. ERR_NO_WORKER as with `receipt`.
   */
  async result(): Promise<OffboardingReceipt | null> {
    for (let ms = pollFirstMs; ; ms = Math.min(ms * 1.5, pollMaxMs)) {
      if (!(await this.#isOffboarding())) return this.receipt();
      await sleep(ms);
    }
  }

  /**
   * Reads the complete receipt of the last offboarding, as long as Temporal keeps its run; null
   * when there is none. Safe to repeat. ERR_NO_WORKER after 12 s when that run is open.
   */
  async receipt(): Promise<OffboardingReceipt | null> {
    const run = await this.#readNewestRun();
    if (run === null) return null;
    return this.#callTemporal(() => readReceipt(this.#client, run));
  }

  /** The phase does not show an offboarding that is held, so the other phases need a query. */
  async #isOffboarding(): Promise<boolean> {
    const run = await this.#readNewestRun();
    if (run === null || run.closeTime !== undefined) return false;
    const phase = run.typedSearchAttributes.get(searchAttributeKeys.phase) ?? '';
    if (activePhases.includes(phase)) return true;
    return (await queryRun(this.#client, run, accessViewQuery)).offboarding !== null;
  }

  async #readNewestRun() {
    return this.#callTemporal(() => readNewestRun(this.#client, this.workflowId));
  }

  async #callTemporal<T>(call: () => Promise<T>): Promise<T> {
    return callTemporal(() => callWithin(this.#client, callWithinMs, this.workflowId, call));
  }
}
