import type { Hono } from 'hono';
import { z } from 'zod';
import { accountIdSchema, idSchema } from '../../domain/schemas.ts';
import { createSignedWebhook, waitForTemporal, type WebhookResult } from './signed.ts';

/** What the gateway needs of a client. */
export interface WebhookAccounts {
  startRefresh(account: {
    /** Absent: Mooring takes the user from the attempt that made the account. */
    userId?: string;
    connectedAccountId: string;
  }): Promise<'started' | 'joined' | 'busy' | 'owner_unknown'>;
}

export interface WebhookDependencies {
  accounts: WebhookAccounts;
  /** `MOORING_WEBHOOK_SECRETS`: one secret, or two during a rotation. */
  secrets: readonly string[];
  /**
   * `MOORING_COMPOSIO_PROJECT_ID`: the only project that is accepted. Absent: any project that
   * signs.
   */
  projectId?: string | undefined;
  log: Record<'info' | 'warn' | 'error', (facts: object, message: string) => void>;
  metrics: { countWebhook(result: WebhookResult): void };
}

const expiredEventType = 'composio.connected_account.expired';

/** Older versions have no `type`, and later versions may have more fields. */
const webhookSchema = z.looseObject({
  type: z.string().nullish(),
  metadata: z.looseObject({ project_id: z.string().nullish() }).nullish(),
  data: z.unknown().optional(),
});

/** `user_id` is deprecated; Composio will remove it. */
const expiredSchema = z.looseObject({ id: accountIdSchema, user_id: idSchema.nullish() });

/**
 * `POST /webhooks/composio`: Composio reports that an account has expired. Like every webhook, it
 * is a hint: it starts or joins the account's refresh, which reads the account and decides. The
 * gateway answers 204 only once Temporal has the request. Of the body, the gateway logs only ids.
 */
export function createComposioWebhook(deps: WebhookDependencies): Hono {
  const { accounts, projectId, log, metrics } = deps;
  return createSignedWebhook({
    // Composio signs with the text of the secret: do not decode it or remove a prefix.
    keys: deps.secrets.map((secret) => Buffer.from(secret)),
    countResult: (result) => metrics.countWebhook(result),
    // A project has one subscription, which may also send triggers of any size.
    canIgnoreLarge: true,
    async handleBody(body) {
      const webhook = webhookSchema.safeParse(body);
      if (!webhook.success) return 'invalid';
      const { type, metadata, data } = webhook.data;
      const project = metadata?.project_id ?? undefined;
      const isForeign = projectId !== undefined && project !== projectId;
      // Webhooks of older versions name no project, and the gateway does not use them.
      if (isForeign && (project !== undefined || type === expiredEventType)) return 'foreign';
      if (type !== expiredEventType) return 'unknown';

      const account = expiredSchema.safeParse(data);
      if (!account.success) {
        log.warn({}, 'Composio webhook names no account; the next sweep finds the expired account');
        return 'unusable';
      }
      const { id: connectedAccountId, user_id: userId } = account.data;
      try {
        const meant = { connectedAccountId, ...(userId && { userId }) };
        const result = await waitForTemporal(accounts.startRefresh(meant));
        log.info(
          { connectedAccountId, result },
          `Composio reports that account ${connectedAccountId} has expired`,
        );
        return result === 'busy' || result === 'owner_unknown' ? result : 'taken';
      } catch (error) {
        const why = error instanceof Error ? error.message : typeof error;
        log.error(
          { connectedAccountId, error: why },
          `Composio webhook for account ${connectedAccountId} failed; Composio repeats it`,
        );
        return 'unavailable';
      }
    },
  });
}
