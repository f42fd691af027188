import { createHmac, randomUUID } from 'node:crypto';

export const webhookSecret = 'whsec_not-base64-but-Composio’s-own-text';

/**
 * The webhook that Composio sends when an account has expired, with the account's fields that it
 * includes.
 */
export function expiredWebhook(
  account: { id: string; user_id?: string | null },
  projectId = 'pr_1',
): Record<string, unknown> {
  return {
    id: `msg_${randomUUID()}`,
    timestamp: new Date().toISOString(),
    type: 'composio.connected_account.expired',
    metadata: { project_id: projectId, org_id: 'ok_1' },
    data: {
      ...account,
      status: 'EXPIRED',
      status_reason: 'Max auth failures reached',
      state: { authScheme: 'OAUTH2', val: { status: 'EXPIRED', access_token: 'BODYCANARY' } },
    },
  };
}

/** Signed as Composio documents it, without the library that verifies it. */
export function signedWebhook(
  body: string | Buffer,
  { secret = webhookSecret, at = Date.now(), id = `msg_${randomUUID()}` } = {},
) {
  const timestamp = String(Math.floor(at / 1_000));
  const signature = createHmac('sha256', Buffer.from(secret, 'utf8'))
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
    'x-composio-webhook-version': 'V3',
  };
  return { method: 'POST', headers, body: Buffer.from(body) };
}
