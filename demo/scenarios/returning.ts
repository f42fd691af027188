import { check } from '../finding.ts';
import type { Scenario } from './scenario.ts';

const confirm = 'required';

/** Browsers that come back to an attempt with `confirm`. */
export const returning: Scenario[] = [
  {
    name: 'two-browsers',
    alone: true,
    async run(stage) {
      const { connectionId, redirectUrl } = await stage.connect({ confirm });
      const connection = stage.mooring.connections.get(connectionId);
      // Mallory denies on the link, and so learns the callback URL.
      const mallory = stage.person('mallory');
      const forged = await stage.where({ deniedStatus: 'INITIATED' }, () =>
        mallory.cancelAtLinkPage(redirectUrl),
      );
      forged.search = '?status=success';
      const his = await mallory.comeBack(forged);
      for (let n = 0; n < 5; n++) await mallory.comeBack(forged);
      const code = his?.searchParams.get('mooring_code') ?? '';

      // Alice finishes the link that Mallory sent her. Mallory's app confirms as soon as it can.
      const alice = stage.person('alice');
      const [{ statusReason }] = await Promise.all([
        connection.confirm({ code, userId: stage.userId }),
        (async () => alice.comeBack(await alice.approve(redirectUrl)))(),
      ]);
      check(statusReason === 'two browsers came back', 'the second browser was noticed');
      return stage.ends(connectionId, {
        status: 'FAILED',
        reason: 'unconfirmed',
        events: ['connect.failed'],
        left: {},
      });
    },
  },
  {
    name: 'one-browser-twice',
    async run(stage) {
      const { connectionId, connectedAccountId, redirectUrl } = await stage.connect({ confirm });
      const person = stage.person();
      const callback = await person.approve(redirectUrl);
      // Both requests are sent before the browser has stored a cookie.
      const homes = await Promise.all([person.comeBack(callback), person.comeBack(callback)]);
      const [code = '', other = ''] = homes.map(
        (home) => home?.searchParams.get('mooring_code') ?? '',
      );
      check(
        code !== '' && other !== '' && code !== other,
        'each request returned a code of its own',
      );
      await stage.mooring.connections.get(connectionId).confirm({ code, userId: stage.userId });
      return stage.ends(connectionId, {
        status: 'ACTIVE',
        events: ['connect.active'],
        left: { [connectedAccountId]: 'ACTIVE' },
      });
    },
  },
];
