import { isDeepStrictEqual } from 'node:util';
import type { ConnectUserInput, ConnectOutcome } from '../../src/index.ts';
import { check } from '../finding.ts';
import type { Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

/** Grants that have died, and the person who comes back. */
export const reconnecting: Scenario[] = [
  {
    name: 'reconnects',
    async run(stage) {
      const { connectionId, old, link } = await expired(stage);
      const { length: calls } = await stage.calls();
      const page = await ask('GET', link);
      check(page.status === 200 && page.buttons === 1, 'the link opens a page with one button');
      check((await stage.calls()).length === calls, 'opening the link costs no API call');

      const { outcome } = await goThrough(stage, link);
      check(outcome.status === 'ACTIVE', 'the user is connected again');
      const { connectedAccountId: fresh, replaced } = outcome;
      const isReplaced = replaced?.connectedAccountId === old;
      check(
        isReplaced && replaced.result === 'grant_shared',
        'the new account replaces the old one',
      );
      const { access } = await stage.sandbox.introspect(fresh ?? '');
      check(access === true, 'the new grant lives after the old account was deleted');
      const left = { [fresh ?? '']: 'ACTIVE' } as const;
      const finding = await stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active', 'connect.active'],
        left,
      });
      const again = await ask('POST', link);
      check(
        again.heading === 'You are connected already',
        'a second click shows that there is nothing to do',
      );
      check(isDeepStrictEqual(await stage.left(), left), 'a second click changes nothing');
      return finding;
    },
  },
  {
    name: 'reconnects-as-someone-else',
    async run(stage) {
      const { connectionId, old, link } = await expired(stage);
      const before = await stage.account(old);
      await goThrough(stage, link, 'bob');
      const after = await stage.account(old);
      check(JSON.stringify(after) === JSON.stringify(before), 'the old account is unchanged');
      return stage.ends(connectionId, {
        status: 'FAILED',
        reason: 'identity_mismatch',
        events: ['connect.active', 'connect.failed'],
        left: { [old]: 'EXPIRED' },
      });
    },
  },
  {
    name: 'someone-else-finishes',
    async run(stage) {
      const { connectionId, connectedAccountId, redirectUrl } = await stage.connect({
        confirm: 'required',
      });
      const home = await stage.comeBack(await stage.person('eve').approve(redirectUrl));
      const outcome = await confirm(stage, home, `${stage.userId}-eve`);
      check(outcome.status === 'FAILED', 'the attempt fails');
      const { refresh } = await stage.sandbox.introspect(connectedAccountId);
      check(refresh !== true, 'the grant is dead at the provider');
      return stage.ends(connectionId, {
        status: 'FAILED',
        reason: 'identity_mismatch',
        events: ['connect.failed'],
        left: {},
      });
    },
  },
  {
    name: 'reconnect-does-not-kill-itself',
    alone: true,
    async run(stage) {
      // One revocation ends every grant of that person, as it does at many providers.
      return stage.where({ revocationEnds: 'person' }, async () => {
        const { connectedAccountId: old } = await stage.connected();
        const { connectionId, connectedAccountId: fresh } = await stage.connected({
          replaces: old,
        });
        const { replaced } = await stage.active(connectionId);
        check(replaced?.connectedAccountId === old, 'the living account is replaced');
        check(replaced.result === 'grant_shared', 'the old account is deleted, but not revoked');
        const finding = await stage.ends(connectionId, {
          status: 'ACTIVE',
          events: ['connect.active', 'connect.active'],
          left: { [fresh]: 'ACTIVE' },
        });
        check((await stage.written()).join() === 'delete', 'one delete and nothing else');
        const tokens = await stage.sandbox.introspect(fresh);
        check(tokens.access === true && tokens.refresh === true, 'the new tokens live');
        return finding;
      });
    },
  },
  {
    name: 'same-alias-again',
    async run(stage) {
      const { connectionId, link } = await expired(stage, { alias: 'work' });
      const { outcome } = await goThrough(stage, link);
      const fresh = outcome.connectedAccountId ?? '';
      check((await stage.account(fresh)).alias === 'work', 'the new account has the alias');
      return stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active', 'connect.active'],
        left: { [fresh]: 'ACTIVE' },
      });
    },
  },
];

/** A connection whose grant has died, and the link that its user gets by mail. */
async function expired(stage: Stage, input: Partial<ConnectUserInput> = {}) {
  const { connectionId, connectedAccountId: old } = await stage.connected(input);
  await stage.sandbox.setStatus(old, 'EXPIRED');
  const { returnUrl } = stage;
  const { url } = await stage.mooring.connections.createReconnectLink({ connectionId, returnUrl });
  return { connectionId, old, link: url };
}

/**
 * The user presses the button, this person consents, and the backend confirms that it is the user.
 */
async function goThrough(stage: Stage, link: string, person?: string) {
  const { status, location } = await ask('POST', link);
  check(status === 303 && location !== null, 'the button leads to a fresh link');
  const home = await stage.comeBack(await stage.person(person).approve(location));
  return { outcome: await confirm(stage, home, stage.userId) };
}

async function confirm(stage: Stage, home: URL | null, userId: string): Promise<ConnectOutcome> {
  const code = home?.searchParams.get('mooring_code');
  const id = home?.searchParams.get('mooring_connection');
  check(typeof code === 'string' && typeof id === 'string', 'the browser returned with a code');
  return stage.mooring.connections.get(id).confirm({ code, userId });
}

/** Requests a page of our gateway and reads it as a browser would. */
async function ask(method: 'GET' | 'POST', url: string) {
  const response = await fetch(url, { method, redirect: 'manual' });
  const html = await response.text();
  return {
    status: response.status,
    location: response.headers.get('location'),
    heading: /<h1>([^<]*)</.exec(html)?.[1] ?? null,
    buttons: [...html.matchAll(/<button/g)].length,
  };
}
