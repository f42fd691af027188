import { activityInfo, ApplicationFailure, log } from '@temporalio/activity';
import { z } from 'zod';
import { retryAfterMs } from '../../composio/retry-after.ts';
import {
  type DeliveryTimings,
  type PostFailureDetails,
  resolveTimings,
  retryDelayMs,
} from '../../domain/events/delivery.ts';
import type { EventEndpoint } from '../../domain/events/endpoints.ts';
import { envelopeSchema } from '../../domain/events/schemas.ts';
import { eventWorkflowId } from '../../domain/ids.ts';
import { parseInput } from '../../domain/schemas.ts';
import { type PostAnswer, postJson, PostError, signedMessage } from '../../outbound/signed-post.ts';
import { endpointGone } from '../../protocol/messages.ts';
import { runCalls } from '../shared/call.ts';
import { requireOwnRun } from '../shared/guards.ts';

export interface PostDependencies {
  endpoints: readonly EventEndpoint[];
}

const inputSchema = z.looseObject({ event: envelopeSchema, endpoint: z.string() });

export function createPostActivities({ endpoints }: PostDependencies) {
  return {
    /**
     * Posts one event to one endpoint, once. Safe to repeat: the event's id stays the same, and
     * receivers skip an id that they have seen. The failure says what the endpoint answered and
     * never quotes what was sent.
     */
    async postEvent(input: unknown): Promise<{ attempts: number }> {
      return runCalls({ waiting: false }, async (signal) => {
        const { attempt: attempts } = activityInfo();
        const { event, endpoint: name } = parseInput(inputSchema, input, 'delivery');
        requireOwnRun((workflowId) => workflowId === eventWorkflowId(event.id, name));
        const endpoint = endpoints.find((one) => one.name === name);
        if (endpoint === undefined)
          throw postFailure(`no endpoint ${name} is configured on this worker`, attempts);

        const message = signedMessage(event.id, event, endpoint.secrets);
        const answer = await postJson(endpoint, message, signal).catch((error: unknown) => {
          throw error instanceof PostError ? postFailure(error.message, attempts) : error;
        });
        const { timings } = input as { timings?: Partial<DeliveryTimings> };
        requireSuccess(answer, attempts, resolveTimings(timings));
        const { id: eventId, type } = event;
        log.info('event delivered', { eventId, type, endpoint: name, attempts });
        return { attempts };
      });
    },
  };
}

/**
 * Only 2xx confirms a delivery. 410 ends it. Any other status is retried, because a backend may be
 * deploying or fix its error.
 */
function requireSuccess(
  { status, headers }: PostAnswer,
  attempts: number,
  timings: DeliveryTimings,
): void {
  if (status >= 200 && status < 300) return;
  if (status === 410) {
    throw postFailure('the endpoint answered 410: it takes no more events', attempts, {
      type: endpointGone,
      nonRetryable: true,
    });
  }
  const redirected = status >= 300 && status < 400 ? ', a redirect, which is not followed' : '';
  // Never sooner than our own backoff: otherwise an endpoint with `Retry-After: 0` would be called
  // without a pause.
  const delay = Math.max(retryAfterMs(headers) ?? 0, retryDelayMs(timings, attempts));
  throw postFailure(`the endpoint answered ${status}${redirected}`, attempts, {
    nextRetryDelay: delay,
  });
}

function postFailure(
  message: string,
  attempts: number,
  options: { type?: string; nonRetryable?: boolean; nextRetryDelay?: number } = {},
): ApplicationFailure {
  const details = [{ attempts } satisfies PostFailureDetails];
  return ApplicationFailure.create({ type: 'EVENT_NOT_TAKEN', message, details, ...options });
}
