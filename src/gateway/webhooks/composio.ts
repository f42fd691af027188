import type { Hono } from 'hono';
import { z } from 'zod';
import { accountIdSchema, idSchema } from '../../domain/schemas.ts';
import { createSignedWebhook, handedOver, type WebhookResult } from './signed.ts';

/** What the gateway needs of `MooringClient`. */
export interface WebhookAccounts {
  startRefresh(account: {
    /** Absent: Mooring takes the user from the attempt that made the account. */
    userId?: string;
    connectedAccountId: string;
  }): Promise<'started' | 'joined' | 'busy' | 'owner_unknown'>;
}

export interface WebhookDependencies {
  accounts: WebhookAccounts;
  /** `MOORING_WEBHOOK_SECRETS`: one, or two while they are rotated. */
  secrets: readonly string[];
  /** `MOORING_COMPOSIO_PROJECT_ID`: whose webhooks are taken. Absent: of whichever project has signed. */
  projectId?: string | undefined;
  log: Record<'info' | 'warn' | 'error', (facts: object, message: string) => void>;
  metrics: { webhook(result: WebhookResult): void };
}

const expired = 'composio.connected_account.expired';

/** Older versions have no `type` at all, and later ones may have more of everything. */
const webhookSchema = z.looseObject({
  type: z.string().nullish(),
  metadata: z.looseObject({ project_id: z.string().nullish() }).nullish(),
  data: z.unknown().optional(),
});

/** `user_id` is deprecated and will be left out. */
const expiredSchema = z.looseObject({ id: accountIdSchema, user_id: idSchema.nullish() });

/**
 * `POST /webhooks/composio`: Composio tells that an account has expired. A hint, as every webhook: it
 * starts or joins the account's refresh, and the read there decides. Answers 204 only once Temporal has it.
 * The body is never logged, nor is anything that stands in it but ids.
 */
export function createWebhookApp(deps: WebhookDependencies): Hono {
  const { accounts, projectId, log, metrics } = deps;
  return createSignedWebhook({
    // Composio's key is the secret's own text: nothing is decoded, and no prefix taken off.
    keys: deps.secrets.map((secret) => Buffer.from(secret)),
    count: (result) => metrics.webhook(result),
    // The project's one subscription may bring triggers too, of any size.
    ignoresLarge: true,
    async take(body) {
      const webhook = webhookSchema.safeParse(body);
      if (!webhook.success) return 'invalid';
      const { type, metadata, data } = webhook.data;
      const project = metadata?.project_id ?? undefined;
      const isForeign = projectId !== undefined && project !== projectId;
      // Those of older versions name no project, and nothing follows from them.
      if (isForeign && (project !== undefined || type === expired)) return 'foreign';
      if (type !== expired) return 'unknown';

      const account = expiredSchema.safeParse(data);
      if (!account.success) {
        log.warn({}, 'a webhook names no account; a sweep finds what it was about');
        return 'unusable';
      }
      const { id: connectedAccountId, user_id: userId } = account.data;
      try {
        const meant = { connectedAccountId, ...(userId && { userId }) };
        const result = await handedOver(accounts.startRefresh(meant));
        log.info({ connectedAccountId, result }, 'an account is said to have expired');
        return result === 'busy' || result === 'owner_unknown' ? result : 'taken';
      } catch (error) {
        const why = error instanceof Error ? error.message : typeof error;
        log.error({ connectedAccountId, error: why }, 'webhook could not be taken');
        return 'unavailable';
      }
    },
  });
}
