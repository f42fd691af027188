import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type DeliverEventInput,
  type Delivery,
  type DeliveryView,
  type PostFailureDetails,
  resolveTimings,
  type DeliveryTimings,
} from '../../domain/events/delivery.ts';
import {
  deliveryViewQuery,
  endpointGone,
  resendSignal,
  searchAttributeKeys as keys,
} from '../../protocol/messages.ts';
import { defined } from '../../domain/defined.ts';
import { showClosed } from '../show-run.ts';
import type { Activities } from '../../activities/index.ts';
import { eventsTaskQueue } from '../../domain/task-queues.ts';
import { oneTry } from '../options.ts';

/**
 * Delivers one event to one endpoint: `event/{eventId}/{endpoint}`. It tries for three days. Then
 * it gives up, but stays open and listed for thirty more days, in which `resend` starts another
 * round.
 *
 * Every result is a value. A cancel of the workflow drops the event.
 */
export async function deliverEvent(input: DeliverEventInput): Promise<Delivery> {
  const timings = resolveTimings(input.timings);
  const view: DeliveryView = { phase: 'delivering', round: 1, reason: null, lastFailure: null };
  let tryScope = new CancellationScope();
  let isResendWanted = false;
  setHandler(deliveryViewQuery, () => view);
  setHandler(resendSignal, () => {
    isResendWanted = true;
    tryScope.cancel();
  });

  for (;;) {
    const delivery = await runRound();
    if (delivery !== null) {
      if (delivery.delivered || delivery.reason === 'invalid') return finishDelivery(delivery);
      enterGivenUpPhase();
      if (!(await condition(() => isResendWanted, timings.keepMs))) return finishDelivery(delivery);
      enterDeliveringPhase();
    }
    isResendWanted = false;
    view.round++;
  }

  /** Null: a resend was requested, so the next round starts now and not at its next try. */
  async function runRound(): Promise<Delivery | null> {
    tryScope = new CancellationScope();
    try {
      const { attempts } = await tryScope.run(() =>
        postActivities(input, timings).postEvent(input),
      );
      return { delivered: true, attempts, reason: null };
    } catch (error) {
      if (isCancellation(error) && isResendWanted) return null;
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      return recordFailure(error);
    }
  }

  function recordFailure({ cause }: ActivityFailure): Delivery {
    const failure = cause instanceof ApplicationFailure ? cause : null;
    const [{ attempts } = {}] = (failure?.details ?? []) as [Partial<PostFailureDetails>?];
    view.reason = reasonOf(failure?.type);
    view.lastFailure = failure?.message ?? 'no worker has started it, or no try has finished';
    return { delivered: false, ...defined({ attempts }), reason: view.reason };
  }

  function enterGivenUpPhase() {
    view.phase = 'given_up';
    upsertSearchAttributes([{ key: keys.phase, value: 'given_up' }]);
    setCurrentDetails(
      `**given up** (${view.reason}): ${view.lastFailure}; \`resend\` starts another round`,
    );
  }

  function enterDeliveringPhase() {
    view.phase = 'delivering';
    upsertSearchAttributes([{ key: keys.phase, value: 'delivering' }]);
    setCurrentDetails('**delivering** again');
  }

  function finishDelivery(delivery: Delivery): Delivery {
    const { delivered, attempts, reason } = delivery;
    view.phase = 'settled';
    const outcome = delivered ? 'delivered' : `undelivered:${reason}`;
    showClosed(outcome, attempts === undefined ? '' : `at try ${attempts}`);
    return delivery;
  }
}

function reasonOf(failureType: string | null | undefined): Delivery['reason'] {
  if (failureType === endpointGone) return 'gone';
  return failureType === 'ERR_INVALID_INPUT' ? 'invalid' : 'exhausted';
}

/** One round of posts to an endpoint. Each endpoint has its own task queue. */
function postActivities({ endpoint }: DeliverEventInput, timings: DeliveryTimings) {
  return proxyActivities<Pick<Activities, 'postEvent'>>({
    ...oneTry,
    taskQueue: eventsTaskQueue(workflowInfo().taskQueue, endpoint),
    scheduleToCloseTimeout: timings.roundMs,
    retry: {
      initialInterval: timings.retryFirstMs,
      backoffCoefficient: 2,
      maximumInterval: timings.retryMaxMs,
    },
  });
}
