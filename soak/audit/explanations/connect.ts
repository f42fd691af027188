import { type AuthConfig, findAuthConfig, redirects } from '../../../sandbox/auth-configs.ts';
import {
  credentialFields,
  missing,
  type Values,
  wrongCredential,
} from '../../../sandbox/fields.ts';
import type { ConnectUserInput } from '../../../src/domain/connect/connect.ts';
import type { Call } from '../../evidence.ts';
import { accountsAsked, attemptsAsked, textIn } from '../asked.ts';
import type { Facts } from '../facts.ts';
import { statusesDuring } from '../statuses.ts';
import { type Span, wasOpen, withSlack } from '../times.ts';
import { hasOtherOptions } from '../shared-options.ts';

/** Explained by a request for an auth config that the sandbox does not have. */
export function hasNoAuthConfig(call: Call): boolean {
  return configOf(call) === undefined;
}

/**
 * Explained by a write that made or left an account of this user and auth config ACTIVE at that
 * time.
 */
export function hasActiveAccount(call: Call, span: Span, facts: Facts): boolean {
  return accountsAsked(call, facts).some((row) =>
    statusesDuring(facts.writes(row.id), withSlack(span)).has('ACTIVE'),
  );
}

/** Explained by an open attempt of another request, with other options or with credentials. */
export function hasOtherAttempt(call: Call, span: Span, facts: Facts): boolean {
  const { input, requestId } = call;
  return attemptsAsked(call, facts).some((attempt) => {
    const isOwn = requestId !== null && attempt.input.requestId === requestId;
    if (isOwn || !wasOpen(attempt.run, span)) return false;
    return hasOtherOptions(attempt.input, input);
  });
}

/**
 * Explained by a write that gave this alias to another account. A deleted account may keep its
 * alias too.
 */
export function isAliasHeld({ userId, input }: Call, span: Span, { evidence }: Facts): boolean {
  return evidence.writes.some(
    (write) =>
      write.userId === userId &&
      write.alias === input.alias &&
      write.accountId !== input.connectedAccountId &&
      write.at <= withSlack(span).to,
  );
}

/** Explained by credentials for an auth config whose accounts Composio creates by a link only. */
export function isRetired(call: Call): boolean {
  const config = configOf(call);
  return config !== undefined && config.managed && redirects(config) && isInitiate(call);
}

/** Explained by a credential in the request with a prefix that the provider refuses. */
export function isWrongCredential(call: Call): boolean {
  return wrongCredential(valuesOf(call)) !== undefined;
}

/** Explained by a required field of the auth config that is missing in the request. */
export function hasMissingField(call: Call): boolean {
  const config = configOf(call);
  if (config === undefined) return false;
  const values = valuesOf(call);
  const credentials = isInitiate(call) ? credentialFields(config.scheme, values) : [];
  return missing([...config.required, ...credentials], values).length > 0;
}

function configOf(call: Call): AuthConfig | undefined {
  return findAuthConfig(textIn(call, 'authConfigId') ?? '');
}

function isInitiate({ input }: Call): boolean {
  const { method = {} } = input as Partial<ConnectUserInput>;
  return 'initiate' in method;
}

/** The credentials of a request to connect, or its fields for the link page. */
function valuesOf({ input }: Call): Values {
  const { initiate, link } = (input.method ?? {}) as {
    initiate?: { val?: Values };
    link?: { connectionData?: Values };
  };
  return initiate?.val ?? link?.connectionData ?? {};
}
