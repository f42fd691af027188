import { Composio } from '@composio/client';
import { z } from 'zod';
import type { AccountSnapshot } from '../domain/account.ts';
import { parse } from '../domain/schemas.ts';
import {
  type Answer,
  readAccount,
  readCompleted,
  readCreated,
  readLink,
  readPage,
  readPatched,
  readSuccess,
} from './answers.ts';
import type { ComposioApi } from './api.ts';
import { ApiError, asApiError, offContract } from './errors.ts';
import { RateGate } from './gate.ts';
import { identifier } from './identity.ts';
import { accountId, completeBody, createBody, linkBody, listQuery } from './requests.ts';
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

/** A hundred thousand accounts of one user and auth config are a list without end. */
const maxPages = 1_000;

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

  const identify = identifier(apiKey);

  /** `given`: what of this call no error may quote, by field. */
  async function send(
    request: (options: { signal: AbortSignal | null }) => { withResponse(): Promise<Answer> },
    signal: AbortSignal | undefined,
    given: Record<string, unknown> = {},
  ): Promise<Answer> {
    signal?.throwIfAborted();
    gate.admit();
    try {
      return await request({ signal: signal ?? null }).withResponse();
    } catch (error) {
      signal?.throwIfAborted();
      throw asApiError(error, { apiKey, given });
    }
  }

  return {
    async listAccounts(owner, signal) {
      const filter = listQuery(owner);
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
        const { rows, next } = readPage(answer, identify);
        for (const row of rows) {
          const isOwn = row.userId === owner.userId && row.authConfigId === owner.authConfigId;
          if (isOwn) found.set(row.id, row);
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
      const id = accountId(connectedAccountId);
      return unlessGone(async () => {
        const answer = await send(
          (options) => client.connectedAccounts.retrieve(id, options),
          signal,
        );
        return readAccount(answer, id, identify);
      });
    },

    async createLink(link, signal) {
      const body = linkBody(link);
      const answer = await send(
        (options) => client.link.create(body, options),
        signal,
        link.connectionData,
      );
      return readLink(answer);
    },

    async createAccount(account, signal) {
      const body = createBody(account);
      const { status: _, ...credentials } = account.scheme.val;
      const answer = await send(
        (options) => client.connectedAccounts.create(body, options),
        signal,
        credentials,
      );
      return readCreated(answer);
    },

    async setAlias(connectedAccountId, alias, signal) {
      const id = accountId(connectedAccountId);
      return unlessGone(async () => {
        const answer = await send(
          (options) => client.connectedAccounts.patch(id, { alias }, options),
          signal,
        );
        return readPatched(answer, id);
      });
    },

    async setEnabled(connectedAccountId, enabled, signal) {
      const id = accountId(connectedAccountId);
      const answer = await send(
        (options) => client.connectedAccounts.updateStatus(id, { enabled }, options),
        signal,
      );
      readSuccess(answer);
    },

    async completeAuth(session, signal) {
      const body = completeBody(session);
      const answer = await send(
        // The client has no method for it yet.
        (options) =>
          client.post('/api/v3.1/connected_accounts/complete_auth', { ...options, body }),
        signal,
        { sessionUri: session.sessionUri },
      );
      return readCompleted(answer);
    },

    async deleteAccount(connectedAccountId, { revokeOnDelete }, signal) {
      const id = accountId(connectedAccountId);
      const query = revokeOnDelete ? { revoke_on_delete: true } : {};
      await unlessGone(async () => {
        const answer = await send(
          (options) => client.connectedAccounts.delete(id, query, options),
          signal,
        );
        readSuccess(answer);
      });
    },
  };
}

async function unlessGone<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Composio's own 404 names itself; that of a proxy, or of a wrong base URL, proves nothing. */
function isGone(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.status === 404 &&
    (error.slug !== null || error.code !== null)
  );
}
