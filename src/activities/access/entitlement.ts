import { activityInfo, ApplicationFailure } from '@temporalio/activity';
import {
  type Entitlement,
  entitlementUnanswered,
  entitlementUnconfigured,
} from '../../domain/access/entitlement.ts';
import {
  entitlementAnswerSchema,
  entitlementRequestSchema,
} from '../../domain/access/entitlement-schemas.ts';
import { parse } from '../../domain/schemas.ts';
import { type PostAnswer, post, PostError } from '../../outbound/post.ts';
import { signedMessage } from '../../outbound/sign.ts';
import { calling } from '../shared/call.ts';

/** The hook, by the worker's configuration. */
export interface EntitlementConfig {
  url: string;
  /** The first is the one in use; during a rotation both sign. */
  secrets: readonly string[];
  /** Its address may be loopback, private or link-local, and its URL plain http. */
  allowPrivate: boolean;
}

export interface EntitlementDependencies {
  /** Null when there is no hook. */
  entitlement: EntitlementConfig | null;
}

export function createEntitlementActivities({ entitlement }: EntitlementDependencies) {
  return {
    /**
     * Asks the backend whether this user's subscription is good, once; safe to repeat. Only a 200 with what
     * was asked for is an answer: anything else fails as ENTITLEMENT_UNANSWERED, to be tried again, and
     * is never taken for a no. ENTITLEMENT_UNCONFIGURED, for good, where there is no hook.
     */
    async checkEntitlement(input: unknown): Promise<Entitlement> {
      return calling({ waiting: false }, async (signal) => {
        const { userId } = parse(entitlementRequestSchema, input);
        if (entitlement === null) throw unconfigured();
        const { activityId, attempt, workflowExecution } = activityInfo();
        const id = `entitlement_${workflowExecution?.runId}_${activityId}_${attempt}`;
        const message = signedMessage(id, { userId }, entitlement.secrets);
        const answer = await post(entitlement, message, signal).catch((error: unknown) => {
          throw error instanceof PostError ? unanswered(error.message) : error;
        });
        return read(answer);
      });
    },
  };
}

function read({ status, body }: PostAnswer): Entitlement {
  if (status !== 200) {
    const redirected = status >= 300 && status < 400 ? ', a redirect, which is not followed' : '';
    throw unanswered(`it answered ${status}${redirected}`);
  }
  const answer = entitlementAnswerSchema.safeParse(fromJson(body));
  if (!answer.success) throw unanswered('it answered 200, and yet not what it was asked');
  const { entitled, periodEnd } = answer.data;
  return { entitled, periodEnd: periodEnd ? new Date(periodEnd).toISOString() : null };
}

function fromJson(body: string | null): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return null;
  }
}

function unanswered(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: entitlementUnanswered, message });
}

function unconfigured(): ApplicationFailure {
  const message = 'no entitlement hook is known here: set MOORING_ENTITLEMENT_URL on the workers';
  return ApplicationFailure.create({ type: entitlementUnconfigured, message, nonRetryable: true });
}
