import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownCalls } from '../../../src/client/own-calls.ts';
import { parseKeyRing } from '../../../src/crypto/key-ring.ts';
import { callbackUrls, readToken } from '../../../src/crypto/url-tokens.ts';
import { mooring } from '../../support/cli.ts';
import { everyByte } from '../../support/grep.ts';
import { openStage, type TestStage, type TestUser } from '../../support/stage.ts';

const returnUrl = 'http://app.localhost:4321/done';
let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

/** A user whose grant has died. The id of the dead account has no further use. */
async function withDeadAccount(user: TestUser): Promise<string> {
  const { redirectUrl, connectedAccountId } = await user.connect();
  await user.comeBack(await user.person.approve(redirectUrl));
  await stage.mooring.connections.get(user.connectionId).result();
  await stage.sandbox.setStatus(connectedAccountId, 'EXPIRED');
  return connectedAccountId;
}

function claimsOf(url: string) {
  const [, token = ''] = url.split('/reconnect/');
  const ring = parseKeyRing(stage.env['MOORING_TOKEN_KEYS'] ?? '');
  return readToken(ring, 'reconnect', token, Date.now());
}

describe('mooring.reconnectLink', () => {
  it('makes a link of ours for a dead account, for seven days, at the cost of one list call', async () => {
    const user = stage.user();
    const connectedAccountId = await withDeadAccount(user);
    const before = (await user.calls()).length;
    const began = Date.now();
    const link = await stage.mooring.connections.createReconnectLink({
      connectionId: user.connectionId,
      returnUrl,
    });
    expect(link.connectedAccountId).toBe(connectedAccountId);
    expect(link.url.startsWith(`${stage.gatewayUrl}/reconnect/`)).toBe(true);
    const lifeMs = Date.parse(link.expiresAt) - began;
    expect(lifeMs).toBeGreaterThanOrEqual(7 * 86_400_000);
    expect(lifeMs).toBeLessThan(7 * 86_400_000 + 30_000);
    expect(claimsOf(link.url)).toEqual({
      purpose: 'reconnect',
      connectionId: user.connectionId,
      replaces: connectedAccountId,
      returnUrl,
      confirm: true,
      expiresAt: Date.parse(link.expiresAt),
    });
    expect((await user.calls()).slice(before)).toEqual(['GET /connected_accounts']);
    const page = await fetch(link.url);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<button>')]);
    expect(await user.calls()).toHaveLength(before + 1);
  });

  it('gives each of many callers at once a link of their own', async () => {
    const user = stage.user();
    await withDeadAccount(user);
    const pages = Array.from({ length: 5 }, (_, n) => `${returnUrl}?caller=${n}`);
    const links = await Promise.all(
      pages.map((page) =>
        stage.mooring.connections.createReconnectLink({
          connectionId: user.connectionId,
          returnUrl: page,
        }),
      ),
    );
    expect(links.map(({ url }) => claimsOf(url)?.returnUrl)).toEqual(pages);
  });

  it('refuses while the account is ACTIVE, and names it', async () => {
    const user = stage.user();
    const connectedAccountId = await withDeadAccount(user);
    await stage.sandbox.setStatus(connectedAccountId, 'ACTIVE');
    const asked = stage.mooring.connections.createReconnectLink({
      connectionId: user.connectionId,
      returnUrl,
    });
    await expect(asked).rejects.toMatchObject({
      code: 'ERR_ALREADY_CONNECTED',
      details: { connectedAccountId },
    });
  });

  it('refuses when there is no account, or none with this alias', async () => {
    const [nobody, other] = [stage.user(), stage.user()];
    await withDeadAccount(other);
    for (const connectionId of [nobody.connectionId, `${other.connectionId}/work`]) {
      const asked = stage.mooring.connections.createReconnectLink({ connectionId, returnUrl });
      await expect(asked).rejects.toMatchObject({ code: 'ERR_ACCOUNT_NOT_FOUND' });
    }
  });

  it('refuses a page of an origin that is not allowed, and invalid input', async () => {
    const { connectionId } = stage.user();
    const wrong: [object, string][] = [
      [{ connectionId, returnUrl: 'https://evil.example/' }, 'returnUrl'],
      [{ connectionId }, 'returnUrl'],
      [{ connectionId: 'nothing', returnUrl }, 'connectionId'],
      [{ connectionId, returnUrl, validForMs: 31 * 86_400_000 }, 'validForMs'],
      [{ connectionId, returnUrl, days: 3 }, 'days'],
    ];
    for (const [input, field] of wrong) {
      const asked = stage.mooring.connections.createReconnectLink(input as never);
      await expect(asked).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT', details: { field } });
    }
  });

  it('says that no worker is running', async () => {
    const user = stage.user();
    await withDeadAccount(user);
    await stage.stopWorker();
    const asked = stage.mooring.connections.createReconnectLink({
      connectionId: user.connectionId,
      returnUrl,
    });
    await expect(asked).rejects.toMatchObject({ code: 'ERR_NO_WORKER' });
    await stage.startWorker();
  });

  it('says that Composio is down when it is, and that a worker without a gateway makes no link', async () => {
    const user = stage.user();
    await withDeadAccount(user);
    const { connectionId } = user;
    const route = 'GET /connected_accounts';
    await stage.sandbox.fault({
      route,
      userId: user.id,
      times: 100,
      fault: { kind: 'status', status: 500 },
    });
    await expect(
      stage.mooring.connections.createReconnectLink({ connectionId, returnUrl }),
    ).rejects.toMatchObject({
      code: 'ERR_API_UNAVAILABLE',
    });
    await stage.stopWorker();
    await stage.startWorker({ MOORING_PUBLIC_URL: '' });
    await expect(
      stage.mooring.connections.createReconnectLink({ connectionId, confirm: 'none' }),
    ).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      message: expect.stringContaining('MOORING_PUBLIC_URL'),
    });
    await stage.stopWorker();
    await stage.startWorker();
  });

  it('keeps its token out of all logs and stored histories', async () => {
    const user = stage.user();
    await withDeadAccount(user);
    const { url } = await stage.mooring.connections.createReconnectLink({
      connectionId: user.connectionId,
      confirm: 'none',
    });
    await fetch(url);
    const token = url.split('/reconnect/')[1] ?? '';
    expect(stage.lines.join('\n')).not.toContain(token);
    const query = `WorkflowType = "reconnectLink" AND MooringUserId = "${user.id}"`;
    const runs = async () => {
      const listed = [];
      for await (const run of stage.stored.workflow.list({ query })) listed.push(run);
      return listed;
    };
    // Visibility is seconds behind.
    await expect.poll(async () => (await runs()).length, { timeout: 20_000 }).toBe(1);
    for (const { workflowId, runId } of await runs()) {
      const handle = stage.stored.workflow.getHandle(workflowId, runId);
      expect(workflowId).toMatch(new RegExp(`^reconnect/${user.connectionId}/[0-9a-f]{12}$`));
      expect(everyByte([await handle.fetchHistory()])).not.toContain(token);
    }
  });
});

describe('a reconnect link', () => {
  /** Presses the button. Returns where it leads, or what the page says. */
  async function press(url: string): Promise<string> {
    const response = await fetch(url, { method: 'POST', redirect: 'manual' });
    const text = await response.text();
    return response.headers.get('location') ?? /<h1>(.*)<\/h1>/.exec(text)?.[1] ?? text;
  }

  /** Clicks, signs in, allows, and returns with a code. */
  async function reconnect(user: TestUser) {
    const replaced = await withDeadAccount(user);
    const { connectionId } = user;
    const { url } = await stage.mooring.connections.createReconnectLink({
      connectionId,
      returnUrl,
    });
    const link = await press(url);
    expect(await press(url)).toBe(link);
    const home = await user.comeBack(await user.person.approve(link));
    const code = home?.searchParams.get('mooring_code') ?? '';
    expect(home?.searchParams.get('mooring_status')).toBe('pending');
    expect(home?.searchParams.get('mooring_connection')).toBe(connectionId);
    return { url, replaced, code, connection: stage.mooring.connections.get(connectionId) };
  }

  it('replaces the dead account once the app has confirmed who came back', async () => {
    const user = stage.user();
    const { url, replaced, code, connection } = await reconnect(user);
    expect((await connection.describe()).open).toBe(true);
    const outcome = await connection.confirm({ code, userId: user.id });
    expect(outcome).toMatchObject({
      status: 'ACTIVE',
      replaced: { connectedAccountId: replaced, result: 'grant_shared' },
    });
    expect(outcome.connectedAccountId).not.toBe(replaced);
    expect(await connection.confirm({ code, userId: user.id })).toEqual(outcome);
    expect(['You are connected already', 'This link does not work']).toContain(await press(url));
  });

  it('deletes an account that somebody else finished', async () => {
    const user = stage.user();
    const { code, connection } = await reconnect(user);
    const wrong = connection.confirm({ code: 'A'.repeat(43), userId: user.id });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_INVALID_INPUT' });
    const outcome = await connection.confirm({ code, userId: 'somebody-else' });
    expect(outcome).toMatchObject({ status: 'FAILED', reason: 'identity_mismatch' });
    expect((await user.left()).map(([, status]) => status)).not.toContain('ACTIVE');
  });

  it('says that the account is connected when it was healed meanwhile', async () => {
    const user = stage.user();
    const connectedAccountId = await withDeadAccount(user);
    const { connectionId } = user;
    const { url } = await stage.mooring.connections.createReconnectLink({
      connectionId,
      returnUrl,
    });
    await stage.sandbox.setStatus(connectedAccountId, 'ACTIVE');
    expect(await press(url)).toBe('You are connected already');
    await stage.sandbox.remove(connectedAccountId);
    expect(await press(url)).toBe('This link does not work');
  });
});

describe('connection(id).confirm', () => {
  it('has nothing to confirm without an open attempt, and says what it needs', async () => {
    const user = stage.user();
    const confirmation = { code: 'A'.repeat(43), userId: user.id };
    const unknown = { code: 'ERR_OUTCOME_UNKNOWN' };
    const connection = stage.mooring.connections.get(user.connectionId);
    await expect(connection.confirm(confirmation)).rejects.toMatchObject(unknown);
    await withDeadAccount(user);
    await expect(connection.confirm(confirmation)).rejects.toMatchObject(unknown);
    const wrong: [object, string][] = [
      [{ ...confirmation, code: '' }, 'code'],
      [{ ...confirmation, userId: 'default' }, 'userId'],
      [{ code: confirmation.code }, 'userId'],
    ];
    for (const [input, field] of wrong) {
      const refused = { code: 'ERR_INVALID_INPUT', details: { field } };
      await expect(connection.confirm(input as never)).rejects.toMatchObject(refused);
    }
  });
});

describe('mooring reconnect-link', () => {
  it('prints only the link on stdout, and says on stderr that it is a secret', async () => {
    const user = stage.user();
    const connectedAccountId = await withDeadAccount(user);
    const args = ['reconnect-link', user.connectionId, '--return-url', returnUrl];
    const { code, stdout, stderr } = await mooring([...args, '--valid-for', '1'], stage.env).end();
    expect(code).toBe(0);
    expect(claimsOf(stdout.trim())).toMatchObject({ replaces: connectedAccountId, confirm: true });
    expect(stderr).toContain(`instead of account ${connectedAccountId}`);
    expect(stderr).toContain('show it to nobody else');
  });
});

describe('an attempt that has expired', () => {
  it('is started again by the button on its page, with its original input', async () => {
    const user = stage.user();
    const metadata = { plan: 'pro' };
    const first = await user.ask({ waitMs: 2_000, metadata, requestId: 'the-first' });
    const connection = stage.mooring.connections.get(first.connectionId);
    expect((await connection.result()).status).toBe('EXPIRED');
    const { workflowId, runId } = await connection.describe();
    const ring = parseKeyRing(stage.env['MOORING_TOKEN_KEYS'] ?? '');
    const claims = { workflowId, runId, expiresAt: Date.now() + 600_000, returnUrl: null };
    const page = callbackUrls(stage.gatewayUrl, ring)(claims);
    expect(await (await fetch(page)).text()).toContain('<button>Start again</button>');
    const press = async () => {
      const response = await fetch(`${page}/again`, { method: 'POST', redirect: 'manual' });
      return [response.status, response.headers.get('location')];
    };
    const pressed = await press();
    expect(pressed).toEqual([303, expect.stringMatching(/^http/)]);
    expect(pressed[1]).not.toBe(first.redirectUrl);
    const described = await connection.describe();
    expect(described.runId).not.toBe(runId);
    expect(described.metadata).toEqual(metadata);
    expect(await press()).toEqual(pressed);
    await connection.result();
  });

  it('is the only attempt that can be started again', async () => {
    const user = stage.user();
    const { connectionId } = await user.connect();
    const connection = stage.mooring.connections.get(connectionId);
    const open = await connection.describe();
    const unknown = { code: 'ERR_OUTCOME_UNKNOWN' };
    await expect(stage.mooring[ownCalls].connectAgain(open)).rejects.toMatchObject(unknown);
    await connection.cancel();
    expect((await connection.result()).status).toBe('CANCELED');
    await expect(stage.mooring[ownCalls].connectAgain(open)).rejects.toMatchObject(unknown);
  });

  it('is not started again when the user is connected by now', async () => {
    const user = stage.user();
    const first = await user.ask({ waitMs: 1_000 });
    const connection = stage.mooring.connections.get(first.connectionId);
    await connection.result();
    const { workflowId, runId } = await connection.describe();
    const { redirectUrl } = await user.connect();
    await user.comeBack(await user.person.approve(redirectUrl));
    expect((await connection.result()).status).toBe('ACTIVE');
    await expect(stage.mooring[ownCalls].connectAgain({ workflowId, runId })).rejects.toMatchObject(
      {
        code: 'ERR_ALREADY_CONNECTED',
      },
    );
  });
});
