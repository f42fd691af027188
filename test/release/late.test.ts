import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthScheme, type ConnectionHandle, type ConnectUserInput } from '../../src/index.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

function handle(user: TestUser) {
  return stage.mooring.connections.get(user.connectionId);
}

/**
 * A quarter of an hour by the sandbox's clock: every link is dead then, and Composio's expiry
 * sweeps are over.
 */
async function later(): Promise<void> {
  await stage.sandbox.advance(15 * 60_000);
}

async function activeOf(user: TestUser): Promise<string[]> {
  return (await user.left()).filter(([, status]) => status === 'ACTIVE').map(([id]) => id);
}

/** How the attempt ends while its person still looks at the consent page. */
const endings: Record<string, (connection: ConnectionHandle) => Promise<unknown>> = {
  // The attempt's wait of a second runs out.
  'our deadline': (connection) => connection.result(),
  'a cancel': (connection) => connection.cancel(),
  'a cancel of the workflow': ({ workflowId }) =>
    stage.temporal.workflow.getHandle(workflowId).cancel(),
};

const methods: Record<string, { authConfigId: string; input: Partial<ConnectUserInput> }> = {
  link: { authConfigId: 'ac_gmail', input: {} },
  initiate: {
    authConfigId: 'ac_custom_slack',
    input: { method: { initiate: AuthScheme.OAuth2({}) } },
  },
  'link with an alias': { authConfigId: 'ac_gmail', input: { alias: 'work' } },
};

const cases = Object.keys(endings).flatMap((ending) =>
  Object.keys(methods).map((method) => [ending, method] as const),
);

describe.each([false, true])('a late consent (revived by Composio: %s)', (reviveExpired) => {
  beforeAll(() => stage.sandbox.settings({ reviveExpired }));
  afterAll(() => stage.sandbox.settings({ reviveExpired: false }));

  it.each(cases)('after %s, by %s, leaves nothing ACTIVE', async (ending, method) => {
    const { authConfigId, input } = methods[method] ?? { authConfigId: '', input: {} };
    const user = stage.user(authConfigId);
    const waitMs = ending === 'our deadline' ? 3_000 : 60_000;
    const { connectionId, redirectUrl } = await user.connect({ ...input, waitMs });
    const connection = stage.mooring.connections.get(connectionId);
    const consent = await user.person.reachConsent(redirectUrl);
    await endings[ending]?.(connection);
    const outcome = await connection.result({ timeoutMs: 20_000 });
    expect(outcome.status).not.toBe('ACTIVE');
    await consent.allow().catch(() => null);
    await later();
    expect(await activeOf(user)).toEqual([]);
    expect(await user.left()).toEqual([]);
  });
});

describe('the previous attempt', () => {
  it('cannot disturb the next one by its callback, which goes to its own run', async () => {
    const user = stage.user();
    const first = await user.connect();
    const callback = await user.person.deny(first.redirectUrl);
    await handle(user).cancel();
    await handle(user).result();
    const second = await user.connect();
    await user.comeBack(callback);
    expect(await handle(user).view()).toMatchObject({ callbacks: 0, phase: 'waiting' });
    await user.comeBack(await stage.user().person.approve(second.redirectUrl));
    const { connectedAccountId } = await handle(user).result({ timeoutMs: 20_000 });
    await later();
    expect(await activeOf(user)).toEqual([connectedAccountId]);
  });

  it('finished in a second tab after the next one was ACTIVE leaves only that one', async () => {
    const user = stage.user();
    const first = await user.connect();
    const tab = await user.person.reachConsent(first.redirectUrl);
    await handle(user).cancel();
    await handle(user).result();
    const second = await user.connect();
    await user.comeBack(await stage.user().person.approve(second.redirectUrl));
    const { connectedAccountId } = await handle(user).result({ timeoutMs: 20_000 });
    await tab.allow().catch(() => null);
    await later();
    expect(await activeOf(user)).toEqual([connectedAccountId]);
  });
});

describe('a user who comes back to the page after the time has run out', () => {
  it('gets a new link, which makes a new account', async () => {
    const user = stage.user();
    // Where Composio leaves a denial open, the user may go back to the page and try again.
    await stage.sandbox.settings({ deniedStatus: 'INITIATED' });
    const { redirectUrl } = await user.ask({ waitMs: 3_000 });
    const callback = await user.person.deny(redirectUrl ?? '');
    await stage.sandbox.settings({ deniedStatus: 'FAILED' });
    expect(await handle(user).result({ timeoutMs: 20_000 })).toMatchObject({ status: 'EXPIRED' });

    const html = await (await fetch(callback)).text();
    const [, action = ''] = /<form[^>]*action="([^"]+)"/.exec(html) ?? [];
    const again = new URL(action, callback);
    expect(again.pathname).toMatch(/\/again$/);
    const pressed = await fetch(again, { method: 'POST', redirect: 'manual' });
    expect(pressed.status).toBe(303);
    const link = pressed.headers.get('location') ?? '';
    await fetch(await stage.user().person.approve(link));
    const outcome = await handle(user).result({ timeoutMs: 20_000 });
    expect(outcome.status).toBe('ACTIVE');
    expect(await activeOf(user)).toEqual([outcome.connectedAccountId]);
  });
});
