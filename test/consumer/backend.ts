/*
 * A backend with the strictest compiler options. Only its types are checked: a line that stops
 * compiling, or an expected error that is gone, fails `test/unit/consumer.test.ts`.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Client } from '@temporalio/client';
import {
  type ConnectOutcome,
  type ConnectReason,
  type DisconnectOutcome,
  MooringClient,
  MooringError,
  type MooringEvent,
  type RevocationProof,
  verifyEvent,
} from 'mooring';
import { ConnectedAccounts } from 'mooring/accounts';

declare function use(connectedAccountId: string): void;
declare function show(value: unknown): void;
/** As a value of a form or of the environment. */
declare const maybe: string | undefined;

export async function connect(userId: string): Promise<void> {
  await using mooring = await MooringClient.connect();
  const answer = await mooring.connectUser({
    userId,
    authConfigId: 'ac_gmail',
    alias: maybe,
    returnUrl: maybe,
    requestId: maybe,
    sharing: { allowAllUsers: undefined },
  });
  const connection = mooring.connections.get(answer.connectionId);
  onOutcome(await connection.result({ timeoutMs: undefined, signal: undefined }));
  await mooring.connections.createReconnectLink({
    connectionId: answer.connectionId,
    returnUrl: maybe,
  });
  for await (const attempt of mooring.connections.list({ userId: maybe })) show(attempt.phase);
  const hint = { status: 'success', connectedAccountId: maybe } as const;
  await mooring.connections.get('user_123/ac_gmail').deliverCallback(hint);
}

function onOutcome(outcome: ConnectOutcome): void {
  // @ts-expect-error only an ACTIVE outcome always has an account
  use(outcome.connectedAccountId);
  switch (outcome.status) {
    case 'ACTIVE':
      use(outcome.connectedAccountId);
      return show(outcome.replaced?.result);
    case 'FAILED':
    case 'EXPIRED':
    case 'CANCELED': {
      const reason: ConnectReason = outcome.reason;
      return show([reason, outcome.disconnect]);
    }
  }
}

export function onError(error: unknown): void {
  if (!(error instanceof MooringError)) throw error;
  switch (error.code) {
    case 'ERR_ALREADY_CONNECTED':
      return use(error.details.connectedAccountId);
    case 'ERR_SEVERAL_ACCOUNTS':
      return error.details.connectedAccountIds.forEach((id) => use(id));
    case 'ERR_NO_WORKER': {
      const nothing: undefined = error.details.connectedAccountId;
      return show(nothing);
    }
    default: {
      const field: string | undefined = error.details.field;
      return show(field);
    }
  }
}

export function onEvent(headers: IncomingHttpHeaders, body: string): void {
  const event: MooringEvent = verifyEvent({ headers, rawBody: body, secrets: 'whsec_…' });
  switch (event.type) {
    case 'connect.active':
      use(event.connectedAccountId);
      return use(event.data.outcome.connectedAccountId);
    case 'connect.failed': {
      const status: 'FAILED' = event.data.outcome.status;
      return show(status);
    }
    case 'connection.deleted': {
      const proof: RevocationProof = event.data.proof;
      use(event.connectedAccountId);
      return show(proof);
    }
    case 'sweep.finished': {
      const none: null = event.connectionId;
      return show([none, event.data.seen]);
    }
    default:
      return show(event.type);
  }
}

export async function change(mooring: MooringClient, userId: string): Promise<void> {
  const account = { userId, connectedAccountId: 'ca_1' };
  await mooring.accounts.refresh({ ...account, returnUrl: maybe });
  await mooring.accounts.updateAlias({ ...account, alias: 'work', requestId: maybe });
  const plan = await mooring.accounts.planDisconnect({ ...account, note: maybe });
  show(plan.steps);
  const handle = await mooring.accounts.disconnect({ ...account, actor: maybe });
  const result: DisconnectOutcome = await handle.result();
  // @ts-expect-error the account may have been kept
  show(result.receipt);
  if (result.outcome === 'disconnected') show(result.receipt.proof);
  else show(result.account.status);
  await mooring.access(userId).lapse({ actor: maybe, graceMs: undefined });
  const by = { actor: 'ops', reason: 'asked' };
  show((await mooring.access(userId).planOffboard(by)).plan.accounts);
  // @ts-expect-error an offboarding needs an actor and a reason
  await mooring.access(userId).offboard();
  const sweep = await mooring.sweeps.start({ name: 'heal', filter: { userIds: undefined } });
  const wasOpen: boolean = await sweep.cancel();
  show([wasOpen, await sweep.describe(), await sweep.view()]);
  await mooring.schedules.pause({ name: 'heal', reason: maybe });
}

export async function read(mooring: MooringClient): Promise<void> {
  await using accounts = await ConnectedAccounts.connect({ mooring });
  const tool = { tool: 'GMAIL_FETCH_EMAILS', userId: 'user_123', connectedAccountId: 'ca_1' };
  const call = { ...tool, arguments: {}, version: maybe, timeoutMs: undefined };
  show((await accounts.executeTool(call)).successful);
  const target = { userId: 'ada', toolkit: 'gmail' };
  if (!(await accounts.isToolkitConnected(target))) return;
  const usability = await accounts.ensureActive(target, { heal: undefined });
  if (usability.usable) use(usability.account.id);
  for await (const { alias } of accounts.list({ statuses: undefined })) show(alias);
}

export function onOwnClient(client: Client): MooringClient {
  const encryptionKeys = process.env['MOORING_ENCRYPTION_KEYS'];
  return new MooringClient({ client, encryptionKeys, taskQueue: maybe });
}

/** The names before 1.0: each is an error, so that a backend finds out when it is compiled. */
export function oldNames(mooring: MooringClient, accounts: ConnectedAccounts): void {
  // @ts-expect-error connections.get
  mooring.connection('ada/ac_1');
  // @ts-expect-error connections.list
  mooring.listConnections();
  // @ts-expect-error connections.createReconnectLink
  mooring.reconnectLink({});
  // @ts-expect-error accounts.refresh
  mooring.refresh({});
  // @ts-expect-error accounts.getRefresh
  mooring.refreshing('ca_1');
  // @ts-expect-error accounts.enable
  mooring.enable({});
  // @ts-expect-error accounts.disable
  mooring.disable({});
  // @ts-expect-error accounts.updateAlias
  mooring.updateAlias({});
  // @ts-expect-error accounts.updateCredentials
  mooring.updateCredentials({});
  // @ts-expect-error accounts.updateSharing
  mooring.updateSharing({});
  // @ts-expect-error accounts.disconnect
  mooring.disconnect({});
  // @ts-expect-error accounts.keep
  mooring.keep({});
  // @ts-expect-error access(userId).lapse
  mooring.lapseSubscription({});
  // @ts-expect-error access(userId).renew
  mooring.renewSubscription({});
  // @ts-expect-error access(userId).offboard
  mooring.offboardUser({});
  // @ts-expect-error access(userId).cancelOffboard
  mooring.cancelOffboard({});
  // @ts-expect-error access(userId).readmit
  mooring.readmit({});
  // @ts-expect-error access(userId).release
  mooring.releaseAccess({});
  // @ts-expect-error access(userId).adjust
  mooring.adjustAccess({});
  // @ts-expect-error access(userId).note
  mooring.noteSubscription({});
  // @ts-expect-error sweeps.start
  mooring.startSweep({});
  // @ts-expect-error sweeps.get
  mooring.sweep('sweep/heal');
  // @ts-expect-error sweeps.list
  mooring.sweeps();
  // @ts-expect-error only for the gateway
  mooring.connectAgain({});
  // @ts-expect-error only for the gateway
  mooring.attempt({});
  // @ts-expect-error only for the gateway
  mooring.startRefresh({});
  // @ts-expect-error only for mooring/accounts
  mooring.standing(null, []);
  // @ts-expect-error only for the gateway
  mooring.isReachable();
  // @ts-expect-error result
  mooring.connections.get('ada/ac_1').outcome();
  // @ts-expect-error planDisconnect
  void mooring.accounts.disconnect({ userId: 'ada', connectedAccountId: 'ca_1', dryRun: true });
  // @ts-expect-error planKeep
  void mooring.accounts.keep({ userId: 'ada', connectedAccountId: 'ca_1', dryRun: true });
  // @ts-expect-error an object
  void mooring.schedules.pause('heal', 'why');
  // @ts-expect-error get
  accounts.getAccount('ca_1');
  // @ts-expect-error list
  accounts.listAccounts();
  // @ts-expect-error an object
  void accounts.isToolkitConnected('ada', 'gmail');
}
