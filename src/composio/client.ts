import { Composio } from '@composio/client';
import { z } from 'zod';
import type { AccountSnapshot } from '../domain/account.ts';
import { idSchema, parse } from '../domain/schemas.ts';
import { type Answer, readAccount, readDeleted, readLink, readPage } from './answers.ts';
import type { ComposioApi } from './api.ts';
import { ApiError, asApiError, offContract } from './errors.ts';
import { RateGate } from './gate.ts';
import { createTransport } from './transport.ts';

interface ComposioApiOptions {
  apiKey: string;
  /** Composio's production by default. Plain `http:` is for a sandbox: the key then travels in clear. */
  baseUrl?: string;
  /** From the request's first byte to the answer's last. */
  timeoutMs?: number;
  /** Share one among all clients of one API key. */
  gate?: RateGate;
}

/** Used in production as the largest; the API documents no limit. */
const pageSize = 100;
/** A hundred thousand accounts of one user and auth config are a list without end. */
const maxPages = 1_000;

/** Anything else in an id would make another path, or ask for the collection. */
const accountIdSchema = idSchema.refine((id) => /^[\w-]+$/.test(id), 'is not an account id');

/**
 * Composio over its own client. Beside ApiError, calls throw MooringError for input that must not be
 * sent, and the signal's reason when that has aborted the call.
 */
export function createComposioApi({
  apiKey,
  baseUrl,
  timeoutMs = 10_000,
  gate = new RateGate(),
}: ComposioApiOptions): ComposioApi {
  // `fromEnv({})` reads nothing ambient: no second credential, no headers, no other host.
  const client = Composio.fromEnv(
    {},
    {
      apiKey: parse(z.string().min(1, 'is empty'), apiKey, 'apiKey'),
      baseURL: baseUrl ?? null,
      allowInsecureHTTP: /^http:/i.test(baseUrl ?? ''),
      maxRetries: 0,
      timeout: timeoutMs,
      logLevel: 'off',
      transport: createTransport(gate),
    },
  );

  async function send(
    request: (options: { signal: AbortSignal | null }) => { withResponse(): Promise<Answer> },
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    gate.admit();
    try {
      return await request({ signal: signal ?? null }).withResponse();
    } catch (error) {
      signal?.throwIfAborted();
      throw asApiError(error, apiKey);
    }
  }

  return {
    async listAccounts({ userId, authConfigId }, signal) {
      const filter = {
        user_ids: [parse(idSchema, userId, 'userId')],
        auth_config_ids: [parse(idSchema, authConfigId, 'authConfigId')],
        // Without it SHARED accounts are left out; oldest first, new rows shift nothing.
        account_type: 'ALL' as const,
        order_by: 'created_at' as const,
        order_direction: 'asc' as const,
        limit: pageSize,
      };
      const found = new Map<string, AccountSnapshot>();
      const cursors = new Set<string>();
      let cursor: string | null = null;
      do {
        // A null cursor would be sent as an empty one.
        const query = { ...filter, ...(cursor === null ? {} : { cursor }) };
        const answer = await send(
          (options) => client.connectedAccounts.list(query, options),
          signal,
        );
        const { rows, next } = readPage(answer);
        for (const row of rows) {
          if (row.userId === userId && row.authConfigId === authConfigId) found.set(row.id, row);
        }
        if (next !== null && (cursors.has(next) || cursors.size + 1 >= maxPages)) {
          throw offContract('a list that does not end', answer.response);
        }
        if (next !== null) cursors.add(next);
        cursor = next;
      } while (cursor !== null);
      return [...found.values()];
    },

    async getAccount(connectedAccountId, signal) {
      const id = parse(accountIdSchema, connectedAccountId, 'connectedAccountId');
      try {
        const answer = await send(
          (options) => client.connectedAccounts.retrieve(id, options),
          signal,
        );
        return readAccount(answer, id);
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      }
    },

    async createLink({ userId, authConfigId, alias, callbackUrl }, signal) {
      const body = {
        user_id: parse(idSchema, userId, 'userId'),
        auth_config_id: parse(idSchema, authConfigId, 'authConfigId'),
        alias,
        ...(callbackUrl === undefined ? {} : { callback_url: callbackUrl }),
      };
      return readLink(await send((options) => client.link.create(body, options), signal));
    },

    async deleteAccount(connectedAccountId, { revokeOnDelete }, signal) {
      const id = parse(accountIdSchema, connectedAccountId, 'connectedAccountId');
      const query = revokeOnDelete ? { revoke_on_delete: true } : {};
      try {
        const answer = await send(
          (options) => client.connectedAccounts.delete(id, query, options),
          signal,
        );
        readDeleted(answer);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
  };
}

/** Composio's own 404 names itself; that of a proxy, or of a wrong base URL, proves nothing. */
function isGone(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status === 404 &&
    (error.slug !== null || error.code !== null)
  );
}
