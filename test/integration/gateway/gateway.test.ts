import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type TestStage } from '../../support/stage.ts';

let stage: TestStage;

beforeAll(async () => {
  stage = await openStage({ outcomeWithinMs: 6_000 });
});
afterAll(async () => stage.close());

describe('the gateway', () => {
  it('answers 200 mutations of a valid token with one page, no API call and no event', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect();
    const callback = await user.person.approve(redirectUrl);
    const [before, events] = [await stage.sandbox.callLog(), (await user.history()).length];
    const pages = new Set<string>();
    for (let index = 0; index < 200; index++) {
      const mutated = new URL(callback);
      const { pathname } = callback;
      const at = '/callback/'.length + (index % (pathname.length - '/callback/'.length));
      const other = pathname[at] === 'A' ? 'B' : 'A';
      mutated.pathname = pathname.slice(0, at) + other + pathname.slice(at + 1);
      const response = await fetch(mutated, { redirect: 'manual' });
      expect(response.status).toBe(404);
      pages.add(await response.text());
    }
    expect(pages.size).toBe(1);
    expect(await stage.sandbox.callLog()).toEqual(before);
    expect(await user.history()).toHaveLength(events);
    await stage.mooring.connections.get(user.connectionId).cancel();
  });

  it('takes a valid token a thousand times for at most ten API calls', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect();
    const callback = await user.person.approve(redirectUrl);
    const before = (await user.calls()).length;
    for (let round = 0; round < 20; round++) {
      const visits = Array.from({ length: 50 }, () => user.comeBack(callback));
      for (const home of await Promise.all(visits)) {
        expect(home?.searchParams.get('mooring_status')).toBe('active');
      }
    }
    expect((await user.calls()).length - before).toBeLessThanOrEqual(10);
  });

  it.each(['none', 'required'] as const)(
    'answers a browser within five seconds while 400 others call its URL at once, with confirm %s',
    async (confirm) => {
      const user = stage.user();
      const { redirectUrl } = await user.connect({ confirm });
      const callback = await user.person.approve(redirectUrl);
      // The other callers skip the redirect to the gateway itself, which is the cheapest attack.
      const direct = new URL(callback);
      direct.searchParams.set('mooring_cookie', '1');
      const visit = async () => {
        const response = await fetch(direct, { redirect: 'manual' });
        await response.arrayBuffer();
        return response.status;
      };
      const rush = (length: number) => Array.from({ length }, visit);
      const before = rush(100);
      const began = performance.now();
      const own = user.comeBack(callback);
      const after = rush(300);
      const home = await own;
      const took = performance.now() - began;
      const statuses = await Promise.all([...before, ...after]);
      expect(took).toBeLessThan(5_000);
      const least = confirm === 'none' ? 400 : 1;
      expect(statuses.filter((status) => status === 303).length).toBeGreaterThanOrEqual(least);
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
      const outcome = await stage.mooring.connections.get(user.connectionId).result();
      if (confirm === 'none') {
        expect(home?.searchParams.get('mooring_status')).toBe('active');
        expect(outcome.status).toBe('ACTIVE');
      } else expect(outcome).toMatchObject({ status: 'FAILED', reason: 'unconfirmed' });
      const { length: signals } = (await user.history()).filter(
        ({ workflowExecutionSignaledEventAttributes }) => workflowExecutionSignaledEventAttributes,
      );
      expect(signals).toBeLessThanOrEqual(3);
    },
  );

  it('sends the browser to the app with our parameters beside the app’s own', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect();
    const home = await user.comeBack(await user.person.deny(redirectUrl));
    expect(Object.fromEntries(home?.searchParams ?? [])).toEqual({
      from: 'test',
      mooring_status: 'failed',
      mooring_reason: 'denied',
      mooring_connection: user.connectionId,
    });
  });

  it('shows a page with the result when there is no return URL', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.ask();
    const response = await fetch(await user.person.approve(redirectUrl ?? ''));
    expect(response.status).toBe(200);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toMatch(/<h1>[^<]*connected/i);
  });

  it('says that the result is not settled yet when it is not, after a while', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect();
    const callback = await user.person.approve(redirectUrl);
    await stage.sandbox.fault({
      route: 'GET /connected_accounts/:id',
      userId: user.id,
      fault: { kind: 'delay', beforeMs: 8_000 },
    });
    const home = await user.comeBack(callback);
    expect(home?.searchParams.get('mooring_status')).toBe('pending');
    const outcome = await stage.mooring.connections.get(user.connectionId).result();
    expect(outcome.status).toBe('ACTIVE');
  });

  it('shows the outcome to a browser that comes back to a finished attempt', async () => {
    const user = stage.user();
    const { redirectUrl } = await user.connect();
    const callback = await user.person.approve(redirectUrl);
    await stage.mooring.connections.get(user.connectionId).cancel();
    await stage.mooring.connections.get(user.connectionId).result();
    const home = await user.comeBack(callback);
    expect(home?.searchParams.get('mooring_status')).toBe('canceled');
  });

  it('logs the pattern of its routes and never a path', () => {
    const requests = stage.lines.filter((line) => line.includes('"request answered"'));
    expect(requests.length).toBeGreaterThan(200);
    for (const line of requests) expect(line).not.toMatch(/callback\/(?!:token)/);
  });
});
