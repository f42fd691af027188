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
import { parse } from '../../domain/schemas.ts';
import { type PostAnswer, post, PostError } from '../../outbound/post.ts';
import { signedMessage } from '../../outbound/sign.ts';
import { endpointGone } from '../../protocol/messages.ts';
import { calling } from '../shared/call.ts';
import { requireOwnRun } from '../shared/own-run.ts';

export interface PostDependencies {
  endpoints: readonly EventEndpoint[];
}

const inputSchema = z.looseObject({ event: envelopeSchema, endpoint: z.string() });

export function createPostActivities({ endpoints }: PostDependencies) {
  return {
    /**
     * Posts one event to one endpoint, once. May be repeated: the event's id stays the same, and
     * receivers skip what they have seen. Fails with what it met, never with what it sent.
     */
    async postEvent(input: unknown): Promise<{ attempts: number }> {
      return calling({ waiting: false }, async (signal) => {
        const { attempt: attempts } = activityInfo();
        const { event, endpoint: name } = parse(inputSchema, input, 'delivery');
        requireOwnRun((workflowId) => workflowId === eventWorkflowId(event.id, name));
        const endpoint = endpoints.find((one) => one.name === name);
        if (endpoint === undefined) throw failed(`no endpoint ${name} is known here`, attempts);

        const message = signedMessage(event.id, event, endpoint.secrets);
        const answer = await post(endpoint, message, signal).catch((error: unknown) => {
          throw error instanceof PostError ? failed(error.message, attempts) : error;
        });
        const { timings } = input as { timings?: Partial<DeliveryTimings> };
        requireTaken(answer, attempts, resolveTimings(timings));
        const { id: eventId, type } = event;
        log.info('event delivered', { eventId, type, endpoint: name, attempts });
        return { attempts };
      });
    },
  };
}

/** Only 2xx is a receipt. Other refusals than 410 are tried again: backends deploy, and mend what they refuse. */
function requireTaken(
  { status, headers }: PostAnswer,
  attempts: number,
  timings: DeliveryTimings,
): void {
  if (status >= 200 && status < 300) return;
  if (status === 410) {
    throw failed('it answered 410, wants no more', attempts, {
      type: endpointGone,
      nonRetryable: true,
    });
  }
  const redirected = status >= 300 && status < 400 ? ', a redirect, which is not followed' : '';
  // Never sooner than by our own backoff: an endpoint that always says "at once" would be called for ever.
  const delay = Math.max(retryAfterMs(headers) ?? 0, retryDelayMs(timings, attempts));
  throw failed(`it answered ${status}${redirected}`, attempts, { nextRetryDelay: delay });
}

function failed(
  message: string,
  attempts: number,
  options: { type?: string; nonRetryable?: boolean; nextRetryDelay?: number } = {},
): ApplicationFailure {
  const details = [{ attempts } satisfies PostFailureDetails];
  return ApplicationFailure.create({ type: 'EVENT_NOT_TAKEN', message, details, ...options });
}
