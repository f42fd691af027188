import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Next } from 'hono';
import type { AccountStatus } from '../account.ts';
import type { CallEntry } from '../call-log.ts';
import type { Fault } from '../faults.ts';
import { revokeTokens } from '../revocation.ts';
import { control, reasons } from '../seeding.ts';
import type { State } from '../state.ts';
import { rateLimitBody } from './rate-limited.ts';
import type { ApiContext } from './calls.ts';

export interface FaultyCall {
  c: ApiContext;
  next: Next;
  entry: CallEntry;
  state: State;
  /** Adds to an answer the headers that every answer has. */
  stamp: () => void;
}

/** Answers the call with the fault. */
export async function playFault(fault: Fault, call: FaultyCall): Promise<void> {
  const { c, next, entry } = call;
  const apply = async () => {
    await next();
    entry.status = c.res.status;
  };
  const answer = (response: Response) => {
    // Cleared first, as Hono would merge the new answer with the headers of the old one.
    c.res = undefined;
    c.res = response;
    entry.status = response.status;
  };
  const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    answer(Response.json(body, { status, headers }));

  switch (fault.kind) {
    case 'status': {
      if (fault.applied) await apply();
      const { status, code = 10_000 + status, slug = 'Sandbox_Fault' } = fault;
      const message = fault.message ?? 'A fault of the sandbox';
      const envelope = { message, code, slug, status, request_id: entry.requestId };
      return json(status, fault.body ?? { error: envelope });
    }
    case 'delay':
      await sleep(fault.beforeMs ?? 0);
      await apply();
      await sleep(fault.afterMs ?? 0);
      return;
    case 'silence':
      await once(c.env.incoming.socket, 'close');
      return sent(c);
    case 'meanwhile': {
      const { becomes, says } = fault;
      await changeByOther(call.state, entry.accountId, becomes);
      if (says === undefined) return apply();
      entry.fault = says.kind;
      return playFault(says, call);
    }
    case 'stale':
      c.set('shownAs', fault.status ?? call.state.accounts.find(entry.accountId ?? '')?.status);
      return apply();
    case 'dropBefore':
      c.env.incoming.socket.resetAndDestroy();
      c.res = RESPONSE_ALREADY_SENT;
      return;
    case 'applyThenDrop':
      await apply();
      c.env.incoming.socket.destroy();
      return sent(c);
    case 'stalledBody':
    case 'truncatedBody':
      await apply();
      call.stamp();
      return sendHalf(c, fault.kind === 'truncatedBody');
    case 'html502':
      if (fault.applied) await apply();
      return answer(
        new Response('<html><body><h1>502 Bad Gateway</h1></body></html>', {
          status: 502,
          headers: { 'content-type': 'text/html' },
        }),
      );
    case 'redirect': {
      const location = fault.location ?? '/elsewhere';
      return answer(new Response(null, { status: fault.status ?? 302, headers: { location } }));
    }
    case 'rateLimited':
      return json(429, rateLimitBody(call.state.settings), {
        'retry-after': String(fault.retryAfterSeconds),
        'x-ratelimit-remaining': '0',
      });
  }
}

/** Changes the account as another caller of the API would, but without the API's checks. */
async function changeByOther(
  state: State,
  id: string | null,
  becomes: AccountStatus | 'deleted',
): Promise<void> {
  const account = id === null ? undefined : state.accounts.find(id);
  if (account === undefined || account.deleted || account.status === becomes) return;
  if (becomes === 'deleted') {
    state.accounts.delete(account, control);
    return;
  }
  if (becomes === 'REVOKED') await state.locks.run(account.id, () => revokeTokens(state, account));
  // An account that is ACTIVE again has a new consent.
  if (lives(becomes) && !lives(account.status)) {
    const subject = account.person ?? `person_of_${account.userId}`;
    account.tokens = await state.client.mint(account.authConfig, subject);
  }
  state.accounts.setStatus(account, becomes, reasons[becomes], control);
}

function lives(status: AccountStatus): boolean {
  return status === 'ACTIVE' || status === 'INACTIVE';
}

async function sendHalf(c: ApiContext, thenBreak: boolean): Promise<void> {
  const { status, headers } = c.res;
  const body = Buffer.from(await c.res.arrayBuffer());
  const { outgoing } = c.env;
  outgoing.writeHead(status, {
    ...Object.fromEntries(headers),
    'content-length': String(body.length),
  });
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => {
    if (thenBreak) c.env.incoming.socket.destroy();
  });
  sent(c);
}

function sent(c: ApiContext): void {
  c.res = undefined;
  c.res = RESPONSE_ALREADY_SENT;
}
