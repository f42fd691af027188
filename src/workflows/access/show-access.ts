import { log, setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { PreparedAccess } from '../../activities/index.ts';
import type { AccessPhase } from '../../domain/access/access.ts';
import { type AccessState, enteredOf, phaseOf } from '../../domain/access/state.ts';
import { viewOf } from '../../domain/access/view.ts';
import { searchAttributeKeys as keys } from '../../protocol/messages.ts';
import { showClosed } from '../show-run.ts';

/** The user's gate, as attempts read it, and Temporal's UI. Each change is one event of the history. */
export class AccessGate {
  #phase: AccessPhase | null = null;
  #entered = 0;

  show(state: AccessState): void {
    const phase = phaseOf(state);
    const entered = enteredOf(state) ?? this.#entered;
    if (phase !== this.#phase || entered !== this.#entered) {
      upsertSearchAttributes([
        { key: keys.phase, value: phase },
        ...(entered === 0 ? [] : [{ key: keys.entered, value: new Date(entered) }]),
      ]);
    }
    this.#phase = phase;
    this.#entered = entered;
    showProgress(state);
  }
}

/** Our client sets the user id at the start, at no cost. A caller in another language may not. */
export function showUserId({ visibleUserId }: PreparedAccess): void {
  if (workflowInfo().typedSearchAttributes.get(keys.userId) !== undefined) return;
  upsertSearchAttributes([{ key: keys.userId, value: visibleUserId }]);
}

export function showProgress(state: AccessState): void {
  const { phase, until, actor, reason, paused, offboarding } = viewOf(state);
  const parts = [
    `**${phase}**`,
    until && `until ${until}`,
    actor && `by ${actor}`,
    reason && `(${reason})`,
    paused > 0 && `${paused} disabled`,
    offboarding &&
      offboarding.listed > 0 &&
      `${offboarding.ended} of ${offboarding.listed} disconnected`,
    offboarding?.unreadable.length && `cannot read ${offboarding.unreadable.join(', ')}`,
  ];
  setCurrentDetails(parts.filter(Boolean).join(' '));
}

export function showAccessOpen({ receipt }: AccessState): void {
  const outcome = receipt === null ? 'open' : 'offboarded';
  showClosed(outcome);
  log.info('access run closed', { outcome });
}
