import type { Given } from '../../domain/defined.ts';
import { parseInput } from '../../domain/schemas.ts';
import type { SweepInput } from '../../domain/sweep/sweep.ts';
import { parseSweepInput, sweepNameSchema } from '../../domain/sweep/schemas.ts';
import type { ClientCore } from '../shared/core.ts';
import { listSweepRuns, startOrJoinSweep, type SweepSummary } from './start-sweep.ts';
import { SweepHandle } from './sweep-handle.ts';

/** The sweeps that check or refresh many accounts. `mooring.schedules` repeats them. */
export class Sweeps {
  readonly #core: ClientCore;

  constructor(core: ClientCore) {
    this.#core = core;
  }

  /**
   * Sweeps the accounts that match a filter, or joins the open sweep of this name. If a Schedule
   * has this name, the call triggers the Schedule. Any input beside the name must then be the same
   * as the Schedule's. Returns at once; `result` waits.
   *
   * ```ts
   * const sweep = await mooring.sweeps.start({ name: 'nightly', filter: { toolkitSlugs: ['gmail'] } });
   * const report = await sweep.result();
   * ```
   *
   * ERR_INVALID_INPUT if the input breaks a rule, if that Schedule is paused, or if the last sweep
   * of this name has halted itself. After a person has looked at the halt, pass `afterHalt` to
   * start the next sweep. ERR_TEMPORAL_UNAVAILABLE if Temporal does not answer. Safe to repeat.
   */
  async start(
    input: Given<SweepInput>,
    { afterHalt = false }: { afterHalt?: boolean | undefined } = {},
  ): Promise<SweepHandle> {
    const { temporal, context } = this.#core;
    const options = { ...context, afterHalt };
    const workflowId = await startOrJoinSweep(temporal, parseSweepInput(input), options);
    return new SweepHandle(temporal, workflowId);
  }

  /**
   * The sweep of this workflow id, as `start` and `list` return it. The handle makes no call.
   *
   * ```ts
   * const report = await mooring.sweeps.get('sweep/nightly').result();
   * ```
   */
  get(workflowId: string): SweepHandle {
    const [, name = ''] = /^sweep\/([^/]+)$/.exec(workflowId) ?? [];
    parseInput(sweepNameSchema, name.replace(/-\d{4}-\d\d-\d\dT.*$/, ''), 'workflowId');
    return new SweepHandle(this.#core.temporal, workflowId);
  }

  /**
   * Lists sweeps, newest first, from Temporal's visibility. The list is seconds behind: use it to
   * look, not to decide. ERR_TEMPORAL_UNAVAILABLE while iterating; safe to repeat.
   *
   * ```ts
   * for await (const { workflowId, startedAt } of mooring.sweeps.list({ open: true })) {
   *   console.log(workflowId, startedAt);
   * }
   * ```
   */
  list(
    filter: { open?: boolean | undefined; limit?: number | undefined } = {},
  ): AsyncIterable<SweepSummary> {
    return listSweepRuns(this.#core.temporal, filter);
  }
}
