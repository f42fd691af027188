import type { LinkCreateResponse } from '@composio/client/resources/link.mjs';
import { z } from 'zod';
import type { State } from '../state.ts';
import type { Cause } from '../write-log.ts';
import { parseBody } from './body.ts';
import {
  authConfigOf,
  checkNewAccount,
  experimentalOf,
  experimentalSchema,
} from './new-account.ts';

const bodySchema = z.object({
  auth_config_id: z.string().min(1),
  user_id: z.string().min(1),
  alias: z.string().optional(),
  callback_url: z.string().optional(),
  connection_data: z.record(z.string(), z.unknown()).optional(),
  experimental: experimentalSchema,
});

/** Makes an account and its hosted page. Each call makes another account. */
export function createLink(state: State, input: unknown, cause: Cause): LinkCreateResponse {
  const body = parseBody(bodySchema, input);
  const { accounts, settings, clock, secrets, links } = state;
  const account = accounts.create(
    {
      ...checkNewAccount(state, {
        authConfig: authConfigOf(state, body.auth_config_id),
        userId: body.user_id,
        alias: body.alias,
        experimental: body.experimental,
      }),
      values: body.connection_data ?? {},
      status: 'INITIALIZING',
      statusReason: null,
      expiresAt: clock.now() + settings.linkLifeMs,
    },
    'link',
    cause,
  );
  const token = secrets.make('lk_');
  links.add({ token, flow: 'link', account, callbackUrl: body.callback_url ?? null });
  return {
    link_token: token,
    redirect_url: secrets.note(`${state.url}/link/${token}`),
    expires_at: new Date(account.expiresAt).toISOString(),
    connected_account_id: account.id,
    experimental: experimentalOf(account),
  };
}
