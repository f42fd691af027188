import { isDeepStrictEqual } from 'node:util';
import { AuthScheme, type DisconnectHandle, type DisconnectReceipt } from '../../src/index.ts';
import { check, eventually } from '../finding.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const alive = { access: true, refresh: true };
const dead = { access: false, refresh: false };
/**
 * Production waits up to an hour between tries at a failing provider; here long enough to check the
 * state.
 */
const timings = { roundMs: 3_000, restFirstMs: 3_000, restMaxMs: 3_000 };

/** Accounts that are disconnected, and what is proven about their grants. */
export const ending: Scenario[] = [
  {
    name: 'disconnect',
    async run(stage) {
      const account = await ours(stage);
      const { sandbox } = stage;
      const { connectedAccountId: id } = account;
      check(
        isDeepStrictEqual(await sandbox.introspect(id), alive),
        'the provider accepts its tokens',
      );
      const by = { actor: 'ada', note: 'asked by mail' };
      const end = await stage.mooring.accounts.disconnect({ ...account, ...by });
      const receipt = await receiptOf(end);
      check(receipt.certain, 'the grant is certainly dead');
      check(receipt.revokedTokens.length === 2, 'the receipt names both kinds of token');
      check(
        receipt.actor === by.actor && receipt.note === by.note,
        'the receipt has the actor and the note',
      );
      check(
        isDeepStrictEqual(await sandbox.introspect(id), dead),
        'the provider refuses its tokens',
      );
      check((await stage.written()).join() === 'REVOKED,delete', 'revoked before it was deleted');
      const finding = await stage.endsProven(end, {
        proof: 'revoked',
        events: ['connect.active', 'connection.deleted'],
        left: {},
      });
      const told = stage.inbox.of(stage.userId).find(({ type }) => type === 'connection.deleted');
      check(isDeepStrictEqual(told?.data, receipt), 'the event has the same receipt');
      return finding;
    },
  },
  {
    name: 'disconnect-api-key',
    async run(anywhere) {
      const stage = anywhere.at('ac_apikey');
      const scheme = AuthScheme.APIKey({ generic_api_key: `key-of-${stage.userId}` });
      const { connectedAccountId } = await stage.ask({ method: { initiate: scheme } });
      const { userId } = stage;
      const end = await stage.mooring.accounts.disconnect({ userId, connectedAccountId });
      const { certain, toolkit } = await receiptOf(end);
      check(!certain, 'the receipt is not certain, as the key may still work');
      check(
        toolkit === 'tavily',
        'the receipt names the toolkit where the user can withdraw the key',
      );
      check((await stage.written()).join() === 'delete', 'the account is deleted all the same');
      return stage.endsProven(end, {
        proof: 'unsupported',
        events: ['connect.active', 'connection.deleted'],
        left: {},
      });
    },
  },
  {
    name: 'disconnect-disabled',
    async run(stage) {
      const account = await ours(stage);
      const { sandbox, mooring } = stage;
      const { connectedAccountId: id } = account;
      const calls = async () => (await sandbox.toolCalls())[id];
      await callTool(stage, id);
      check((await calls()) === 1, 'an agent can use it');
      await mooring.accounts.disable(account);
      await failsOnce(stage);
      // Only an ACTIVE account can be revoked, so the run enables it for each try, here twice.
      const end = await mooring.accounts.disconnect({ ...account, timings });
      await waitsForProvider(end);
      await callTool(stage, id);
      check((await calls()) === 1, 'an agent cannot use it during the wait');
      await receiptOf(end);
      await callTool(stage, id);
      check((await calls()) === 1, 'an agent cannot use it afterwards');
      const writes = (await stage.written()).join();
      check(
        writes === 'INACTIVE,ACTIVE,INACTIVE,ACTIVE,REVOKED,delete',
        'disabled again after the failed try',
      );
      check(isDeepStrictEqual(await sandbox.introspect(id), dead), 'and the grant is dead');
      return stage.endsProven(end, {
        proof: 'revoked',
        events: ['connect.active', 'connection.disabled', 'connection.deleted'],
        left: {},
      });
    },
  },
  {
    name: 'revoke-answer-lost',
    async run(stage) {
      const account = await ours(stage);
      const { sandbox, userId } = stage;
      await sandbox.fault({ route: revokeRoute, userId, fault: { kind: 'applyThenDrop' } });
      const end = await stage.mooring.accounts.disconnect({ ...account, timings });
      const { certain } = await receiptOf(end);
      check(certain, 'the read back proves the revocation');
      const tokens = await sandbox.introspect(account.connectedAccountId);
      check(isDeepStrictEqual(tokens, dead), 'the grant is dead');
      check((await stage.written()).join() === 'REVOKED,delete', 'one revocation');
      return stage.endsProven(end, {
        proof: 'revoked',
        events: ['connect.active', 'connection.deleted'],
        left: {},
      });
    },
  },
  {
    name: 'provider-down-then-up',
    alone: true,
    async run(stage) {
      const account = await ours(stage);
      const { sandbox } = stage;
      const { connectedAccountId: id } = account;
      const end = await stage.where({ revocationEndpoint: 'fails' }, async () => {
        const end = await stage.mooring.accounts.disconnect({ ...account, timings });
        await waitsForProvider(end);
        check(
          (await stage.account(id)).status === 'INACTIVE',
          'the account is disabled during the wait',
        );
        check(isDeepStrictEqual(await sandbox.introspect(id), alive), 'its grant lives');
        check(stage.told()['connection.deleted'] === undefined, 'no event reports it as deleted');
        return end;
      });
      const { certain } = await receiptOf(end);
      check(certain, 'the run continues when the provider is back');
      check(isDeepStrictEqual(await sandbox.introspect(id), dead), 'the grant is dead');
      const writes = (await stage.written()).join();
      check(
        /^INACTIVE(,ACTIVE,INACTIVE)*,ACTIVE,REVOKED,delete$/.test(writes),
        'deleted only after the revocation',
      );
      return stage.endsProven(end, {
        proof: 'revoked',
        events: ['connect.active', 'connection.deleted'],
        left: {},
      });
    },
  },
  {
    name: 'undo',
    async run(stage) {
      const account = await ours(stage);
      const { sandbox, mooring } = stage;
      const { connectedAccountId: id } = account;
      const end = await mooring.accounts.disconnect({ ...account, undoWindowMs: 60_000 });
      const isDisabled = async () => (await stage.account(id)).status === 'INACTIVE';
      await eventually(isDisabled, 'the account is disabled at once');
      const kept = await mooring.accounts.keep(account);
      check(kept.status === 'ACTIVE', 'the account is ACTIVE again');
      check((await stage.written()).join() === 'INACTIVE,ACTIVE', 'one disable and one enable');
      check(isDeepStrictEqual(await sandbox.introspect(id), alive), 'its grant was never touched');
      return stage.endsProven(end, {
        proof: 'kept',
        events: ['connect.active'],
        left: { [id]: 'ACTIVE' },
      });
    },
  },
];

const revokeRoute = 'POST /connected_accounts/:id/revoke';

async function ours(stage: Stage) {
  const { connectedAccountId } = await stage.connected();
  return { userId: stage.userId, connectedAccountId };
}

async function receiptOf(end: DisconnectHandle): Promise<DisconnectReceipt> {
  const answer = await end.result({ timeoutMs: 30_000 });
  check(answer.outcome === 'disconnected', 'the disconnect was not kept');
  return answer.receipt;
}

async function waitsForProvider(end: DisconnectHandle): Promise<void> {
  await eventually(
    async () => (await end.view()).phase === 'waiting',
    'the run waits for the provider',
  );
}

async function failsOnce({ sandbox, userId }: Stage): Promise<void> {
  await sandbox.fault({ route: revokeRoute, userId, fault: { kind: 'status', status: 500 } });
}

/** Calls the tool like an agent without Mooring, and ignores the result. */
async function callTool({ env, userId }: Stage, connectedAccountId: string): Promise<void> {
  const url = new URL('/api/v3.1/tools/execute/GMAIL_FETCH_EMAILS', env.COMPOSIO_BASE_URL);
  const body = { user_id: userId, connected_account_id: connectedAccountId, arguments: {} };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': env.COMPOSIO_API_KEY ?? '' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
}
