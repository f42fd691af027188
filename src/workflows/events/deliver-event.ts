import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import {
  type DeliverEventInput,
  type Delivery,
  type DeliveryView,
  type PostFailureDetails,
  resolveTimings,
} from '../../domain/events/delivery.ts';
import {
  deliveryViewQuery,
  endpointGone,
  resendSignal,
  searchAttributeKeys as keys,
} from '../../protocol/messages.ts';
import { posting } from './options.ts';

/**
 * Delivers one event to one endpoint: `event/{eventId}/{endpoint}`. Tries for three days; given up, it
 * stays open, asleep and listed, for thirty more, in which `resend` starts another round.
 *
 * Every end is a value. A workflow-level cancel drops the event.
 */
export async function deliverEvent(input: DeliverEventInput): Promise<Delivery> {
  const timings = resolveTimings(input.timings);
  const view: DeliveryView = { phase: 'delivering', round: 1, reason: null, lastFailure: null };
  let trying = new CancellationScope();
  let resendWanted = false;
  setHandler(deliveryViewQuery, () => view);
  setHandler(resendSignal, () => {
    resendWanted = true;
    trying.cancel();
  });

  for (;;) {
    const delivery = await round();
    if (delivery !== null) {
      if (delivery.delivered || delivery.reason === 'invalid') return settle(delivery);
      showGivenUp();
      if (!(await condition(() => resendWanted, timings.keepMs))) return settle(delivery);
      showDelivering();
    }
    resendWanted = false;
    view.round++;
  }

  /** Null: it is wanted again now, not when its next try would be due. */
  async function round(): Promise<Delivery | null> {
    trying = new CancellationScope();
    try {
      const { attempts } = await trying.run(() => posting(input, timings).postEvent(input));
      return { delivered: true, attempts, reason: null };
    } catch (error) {
      if (isCancellation(error) && resendWanted) return null;
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      return undelivered(error);
    }
  }

  function undelivered({ cause }: ActivityFailure): Delivery {
    const failure = cause instanceof ApplicationFailure ? cause : null;
    const [{ attempts } = {}] = (failure?.details ?? []) as [Partial<PostFailureDetails>?];
    view.reason = reasonOf(failure?.type);
    view.lastFailure = failure?.message ?? 'no worker has tried it, or none has come to an end';
    return { delivered: false, ...(attempts && { attempts }), reason: view.reason };
  }

  function showGivenUp() {
    view.phase = 'given_up';
    upsertSearchAttributes([{ key: keys.phase, value: 'given_up' }]);
    setCurrentDetails(`**given up** (${view.reason}): ${view.lastFailure}; \`resend\` tries again`);
  }

  function showDelivering() {
    view.phase = 'delivering';
    upsertSearchAttributes([{ key: keys.phase, value: 'delivering' }]);
    setCurrentDetails('**delivering** again');
  }

  function settle(delivery: Delivery): Delivery {
    const { delivered, attempts, reason } = delivery;
    view.phase = 'settled';
    const outcome = delivered ? 'delivered' : `undelivered:${reason}`;
    upsertSearchAttributes([
      { key: keys.phase, value: null },
      { key: keys.outcome, value: outcome },
    ]);
    setCurrentDetails(`**${outcome}** ${attempts === undefined ? '' : `at try ${attempts}`}`);
    return delivery;
  }
}

function reasonOf(failureType: string | null | undefined): Delivery['reason'] {
  if (failureType === endpointGone) return 'gone';
  return failureType === 'ERR_INVALID_INPUT' ? 'invalid' : 'exhausted';
}
