import { Composio } from '@composio/client';
import type { ConnectedAccountCreateParams } from '@composio/client/resources/connected-accounts.mjs';
import { afterAll, beforeAll } from 'vitest';
import { SandboxControl } from '../../sandbox/control.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/index.ts';
import { canaryUntouched } from '../support/canary.ts';

export const callbackUrl = 'https://app.example/done?flow=1&name=a%20b';

/** One sandbox for the tests of a file; each test has users of its own. */
export function useSandbox(options?: SandboxOptions) {
  let sandbox: Sandbox;
  let users = 0;

  beforeAll(async () => {
    sandbox = await startSandbox(options);
  });
  afterAll(async () => {
    try {
      await canaryUntouched(sandbox, new SandboxControl(sandbox.url));
    } finally {
      await sandbox.stop();
    }
  });

  const client = () =>
    Composio.fromEnv({}, { apiKey: sandbox.apiKey, baseURL: sandbox.url, maxRetries: 0 });
  const newUser = () => `user_${++users}`;

  return {
    client,
    newUser,
    control: () => new SandboxControl(sandbox.url),
    sandbox: () => sandbox,

    /** A link for a new user, to Gmail by default. */
    link: (body: { user_id?: string; auth_config_id?: string; alias?: string } = {}) =>
      client().link.create({
        auth_config_id: 'ac_gmail',
        user_id: newUser(),
        callback_url: callbackUrl,
        ...body,
      }),

    /** A create call for a new user; `val` as the SDK's builders make it. */
    create: (
      id: string,
      state?: { authScheme: string; val: Record<string, unknown> },
      connection: { user_id?: string; alias?: string; experimental?: object } = {},
    ) =>
      client().connectedAccounts.create({
        auth_config: { id },
        // The client's type is a union over the schemes.
        connection: {
          user_id: newUser(),
          callback_url: callbackUrl,
          ...(state && { state }),
          ...connection,
        } as ConnectedAccountCreateParams.Connection,
      }),

    status: async (id: string) => {
      const { status, status_reason } = await client().connectedAccounts.retrieve(id);
      return { status, reason: status_reason };
    },

    /** A call without the SDK. */
    fetch: (
      path: string,
      init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
    ) =>
      fetch(new URL(path, sandbox.url), {
        redirect: 'manual',
        ...init,
        headers: { 'x-api-key': sandbox.apiKey, ...init.headers },
      }),
  };
}

/** An error in the envelope. */
export const refused = (status: number, error: Record<string, unknown> = {}) => ({
  status,
  error: { error },
});

/** Returns the error of a call that must fail. */
export async function refusal(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call did not fail');
}
