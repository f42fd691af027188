import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { AccessView, OffboardingReceipt } from '../../domain/access/access.ts';
import { reached } from '../../temporal/errors.ts';
import { receiptOf } from './offboarding-receipt.ts';
import { newestRun } from '../../temporal/open-runs.ts';
import { queried, within } from '../../temporal/deadline.ts';
import { accessViewQuery, searchAttributeKeys } from '../../protocol/messages.ts';

const withinMs = 10_000;
const lookFirstMs = 500;
const lookMaxMs = 10_000;

/** Phases in which there is something to wait for, without asking; `opening`: its run has only just started. */
const underWay = ['opening', 'cooling_off', 'offboarding'];

/** One user's access. Costs nothing by itself. */
export class UserAccessHandle {
  readonly #client: Client;
  readonly workflowId: string;

  constructor(client: Client, workflowId: string) {
    this.#client = client;
    this.workflowId = workflowId;
  }

  /**
   * Where it stands: phase, until when, who and why. Null: nothing is under way, and the access is open.
   * ERR_NO_WORKER after 12 s; ERR_TEMPORAL_UNAVAILABLE.
   */
  async describe(): Promise<AccessView | null> {
    const run = await this.#run();
    if (run === null || run.closeTime !== undefined) return null;
    return queried(this.#client, run, accessViewQuery);
  }

  /**
   * Waits until no offboarding is under way, however long its cooling-off is, and answers its receipt;
   * null when it was canceled, or there was none. Safe to repeat; what a person has to release it waits for.
   * ERR_NO_WORKER as `receipt`.
   */
  async result(): Promise<OffboardingReceipt | null> {
    for (let ms = lookFirstMs; ; ms = Math.min(ms * 1.5, lookMaxMs)) {
      if (!(await this.#isOffboarding())) return this.receipt();
      await sleep(ms);
    }
  }

  /**
   * The receipt of the last offboarding, whole, for as long as Temporal remembers its run; null when there is
   * none. ERR_NO_WORKER after 12 s when that run is open.
   */
  async receipt(): Promise<OffboardingReceipt | null> {
    const run = await this.#run();
    if (run === null) return null;
    return this.#reached(() => receiptOf(this.#client, run));
  }

  /** One that is held has the phase of what else there is: a lapse, a block, or nothing. */
  async #isOffboarding(): Promise<boolean> {
    const run = await this.#run();
    if (run === null || run.closeTime !== undefined) return false;
    const phase = run.typedSearchAttributes.get(searchAttributeKeys.phase) ?? '';
    if (underWay.includes(phase)) return true;
    return (await queried(this.#client, run, accessViewQuery)).offboarding !== null;
  }

  async #run() {
    return this.#reached(() => newestRun(this.#client, this.workflowId));
  }

  async #reached<T>(call: () => Promise<T>): Promise<T> {
    return reached(() => within(this.#client, withinMs, this.workflowId, call));
  }
}
