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
import { parseInput } from '../../domain/schemas.ts';
import { type PostAnswer, postJson, PostError, signedMessage } from '../../outbound/signed-post.ts';
import { runCalls } from '../shared/call.ts';

/** The entitlement hook, from the worker's configuration. */
export interface EntitlementConfig {
  url: string;
  /** The first secret is the current one. During a rotation both sign. */
  secrets: readonly string[];
  /** Permits a loopback, private or link-local address, and a plain http URL. */
  allowPrivate: boolean;
}

export interface EntitlementDependencies {
  /** Null if there is no hook. */
  entitlement: EntitlementConfig | null;
}

export function createEntitlementActivities({ entitlement }: EntitlementDependencies) {
  return {
    /**
     * Asks the backend once whether this user's subscription is good. Safe to repeat. Only a 200
     * with a valid body is an answer. Anything else fails as ENTITLEMENT_UNANSWERED and is retried;
     * it never counts as a no. If there is no hook, it fails as ENTITLEMENT_UNCONFIGURED without a
     * retry.
     */
    async checkEntitlement(input: unknown): Promise<Entitlement> {
      return runCalls({ waiting: false }, async (signal) => {
        const { userId } = parseInput(entitlementRequestSchema, input);
        if (entitlement === null) throw unconfiguredFailure();
        const { activityId, attempt, workflowExecution } = activityInfo();
        const id = `entitlement_${workflowExecution?.runId}_${activityId}_${attempt}`;
        const message = signedMessage(id, { userId }, entitlement.secrets);
        const answer = await postJson(entitlement, message, signal).catch((error: unknown) => {
          throw error instanceof PostError ? unansweredFailure(error.message) : error;
        });
        return toEntitlement(answer);
      });
    },
  };
}

function toEntitlement({ status, body }: PostAnswer): Entitlement {
  if (status !== 200) {
    const redirected = status >= 300 && status < 400 ? ', a redirect, which is not followed' : '';
    throw unansweredFailure(`the entitlement hook answered ${status}${redirected}`);
  }
  const answer = entitlementAnswerSchema.safeParse(parseJson(body));
  if (!answer.success)
    throw unansweredFailure('the entitlement hook answered 200 with an unexpected body');
  const { entitled, periodEnd } = answer.data;
  return { entitled, periodEnd: periodEnd ? new Date(periodEnd).toISOString() : null };
}

function parseJson(body: string | null): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return null;
  }
}

function unansweredFailure(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: entitlementUnanswered, message });
}

function unconfiguredFailure(): ApplicationFailure {
  const message = 'no entitlement hook is configured: set MOORING_ENTITLEMENT_URL on the workers';
  return ApplicationFailure.create({ type: entitlementUnconfigured, message, nonRetryable: true });
}
