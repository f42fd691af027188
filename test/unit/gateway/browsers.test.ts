import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConnectView } from '../../../src/domain/connect/connect.ts';
import { Browsers } from '../../../src/gateway/browsers.ts';
import { AttemptHints } from '../../../src/workflows/connect/hints.ts';
import { away, gateway, newBrowser, returnUrl } from './support.ts';

const success = '?status=success&connected_account_id=ca_1';

function setUp(publicUrl?: string) {
  const parts = gateway(publicUrl === undefined ? {} : { publicUrl });
  const path = `/callback/${parts.token({ returnUrl, confirm: true })}`;
  return {
    ...parts,
    path,
    newBrowser: () => newBrowser(parts.app),
    /** The cookies of each return that the run received. */
    heard: () => parts.run.deliverCallback.mock.calls.map(([hint]) => hint.code?.cookies ?? []),
  };
}

function shareOne(...reports: (readonly string[])[]): boolean {
  return reports.every((one) => reports.every((other) => one.some((id) => other.includes(id))));
}

function codeOf(response: Response): string | null {
  return new URL(response.headers.get('location') ?? '').searchParams.get('mooring_code');
}

describe('a browser that returns', () => {
  it('is redirected to the same path once, with Composio’s parameters, so that its cookies show', async () => {
    const { path, newBrowser, run } = setUp();
    const { request, visit } = newBrowser();
    const { response, store } = await request(`${path}${success}&appName=gmail`);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(`${success}&mooring_cookie=1`);
    expect(run.deliverCallback).not.toHaveBeenCalled();
    store();
    expect(codeOf(await visit(path + success))).toMatch(/^[\w-]{43}$/);
    expect(run.deliverCallback).toHaveBeenCalledOnce();
  });

  it('counts once if its first requests run in parallel, in any order of their answers', async () => {
    const { path, newBrowser, heard } = setUp();
    const browser = newBrowser();
    const first = await Promise.all([1, 2, 3].map(() => browser.request(path)));
    for (const { response, store } of first.toReversed()) {
      store();
      await browser.visit(path + response.headers.get('location'));
    }
    expect(heard()).toHaveLength(3);
    expect(shareOne(...heard())).toBe(true);
  });

  it('counts as another browser each time if it has no cookies', async () => {
    const { app, path, heard } = setUp();
    for (let n = 0; n < 2; n++) {
      expect(codeOf(await app.request(`${path}?mooring_cookie=1`))).toMatch(/^[\w-]{43}$/);
    }
    expect(shareOne(...heard())).toBe(false);
  });

  it('has a cookie that scripts cannot read, renewed each time', async () => {
    const { path, newBrowser } = setUp();
    const browser = newBrowser();
    await browser.visit(path);
    const [[name, value] = []] = browser.jar;
    expect(name).toMatch(/^mooring_browser_/);
    const { response } = await browser.request(path);
    expect(response.headers.getSetCookie()).toEqual([
      `${name}=${value}; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax`,
    ]);
  });

  it('gets no cookie and needs none if the user denied access', async () => {
    const { path, newBrowser, run } = setUp();
    const browser = newBrowser();
    await browser.visit(`${path}?status=failed`);
    expect(browser.jar.size).toBe(0);
    expect(run.deliverCallback.mock.calls[0]?.[0]).toEqual({ status: 'failed' });
  });

  it('reports at most twenty cookies', async () => {
    const { app, path, heard } = setUp();
    const id = (n: number) => `cookie${n}`.padEnd(22, '_');
    const cookie = Array.from({ length: 500 }, (_, n) => `mooring_browser_${n}=${id(n)}`);
    await app.request(path, { headers: { cookie: cookie.join('; ') } });
    expect(heard()[0]).toHaveLength(20);
  });

  it.each([{ 'Sec-Purpose': 'prefetch;prerender' }, { Purpose: 'prefetch' }])(
    'does nothing if it prefetches its callback: %j',
    async (headers) => {
      const { path, newBrowser, run } = setUp();
      const browser = newBrowser();
      const { status } = await browser.visit(path + success, headers);
      expect(status).toBe(503);
      expect(browser.jar.size).toBe(0);
      expect(run.deliverCallback).not.toHaveBeenCalled();
      expect(codeOf(await browser.visit(path + success))).not.toBeNull();
    },
  );
});

describe('the cookie of a gateway', () => {
  it.each([
    ['https://connect.example', /^__Host-mooring_browser_\w+=[\w-]{22}; .*; Path=\/; .*Secure/],
    ['http://127.0.0.1:4321', /^mooring_browser_\w+=[\w-]{22}; (?!.*Secure)/],
  ])('that is reached by %s is bound to it as far as browsers allow', async (publicUrl, cookie) => {
    const { app, path } = setUp(publicUrl);
    const response = await app.request(path);
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(cookie)]);
    expect(response.headers.getSetCookie().join()).not.toContain('Domain');
  });

  it('that is reached by https cannot be set by a sibling host', async () => {
    const { app, path } = setUp('https://connect.example');
    const cookie = `mooring_browser_1=${'A'.repeat(22)}`;
    const response = await app.request(path, { headers: { cookie } });
    expect(response.headers.get('location')).toContain('mooring_cookie=1');
  });

  it('by https is read back', async () => {
    const { path, newBrowser, heard } = setUp('https://connect.example');
    const browser = newBrowser();
    await browser.visit(path);
    await browser.visit(path);
    expect(heard()).toHaveLength(2);
    expect(shareOne(...heard())).toBe(true);
  });
});

describe('a run', () => {
  it('receives a second browser even if the first one has used all three signals of a minute', async () => {
    const { path, newBrowser, heard } = setUp();
    const first = newBrowser();
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) statuses.push((await first.visit(path)).status);
    expect(statuses).toEqual([303, 303, 303, 429, 429]);
    expect(codeOf(await newBrowser().visit(path))).toMatch(/^[\w-]{43}$/);
    expect(heard()).toHaveLength(4);
    expect(shareOne(...heard())).toBe(false);
  });

  it('receives a browser even if other browsers have sent three denials in a minute', async () => {
    const { path, newBrowser, run } = setUp();
    for (let n = 0; n < 5; n++) await newBrowser().visit(`${path}?status=failed`);
    expect(run.deliverCallback).toHaveBeenCalledTimes(3);
    expect(codeOf(await newBrowser().visit(path))).toMatch(/^[\w-]{43}$/);
  });

  it('receives two of 400 browsers, which is enough for a doubt', async () => {
    const { path, newBrowser, heard } = setUp();
    const all = Array.from({ length: 400 }, () => newBrowser().visit(path));
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(2);
    expect(statuses.filter((status) => status === 429)).toHaveLength(398);
    expect(heard()).toHaveLength(2);
    expect(shareOne(...heard())).toBe(false);
  });

  it('counts a browser as reported only if its signal arrived', async () => {
    const { path, newBrowser, run } = setUp();
    await newBrowser().visit(path);
    let fail = () => {};
    run.deliverCallback.mockReturnValueOnce(
      new Promise((_, reject) => (fail = () => reject(away))),
    );
    const second = newBrowser().visit(path);
    const third = newBrowser();
    const early = third.visit(path);
    await new Promise((resolve) => setTimeout(resolve, 10));
    fail();
    expect([(await second).status, (await early).status]).toEqual([503, 503]);
    expect(codeOf(await third.visit(path))).toMatch(/^[\w-]{43}$/);
    expect(run.deliverCallback).toHaveBeenCalledTimes(3);
  });
});

describe('several gateways and a run', () => {
  const strangers = fc.subarray(['m1', 'm2', 'm3'], { minLength: 1 });
  const gateways = fc.nat(2);
  // A browser sends its first cookie each time, with any other cookies.
  const owner = fc.subarray(['a2', 'a3', 'a4']).map((later) => ['a1', ...later]);

  async function isDoubtful(returns: [gateway: number, cookies: string[]][]): Promise<boolean> {
    const heard = new AttemptHints();
    const view = { connectedAccountId: 'ca_1', callbacks: 0 } as ConnectView;
    const processes = Array.from({ length: 3 }, () => new Browsers());
    for (const [gateway, cookies] of returns) {
      await processes[gateway]?.reportReturn('run', cookies, async () => {
        const code = { hash: 'code', expiresAt: '', cookies };
        heard.recordCallback({ status: 'success', code }, view);
        return true;
      });
    }
    return heard.isDoubtful;
  }

  it('notice the second browser, with any cookies that the first one has sent', async () => {
    const returns = fc.array(fc.tuple(gateways, strangers), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(returns, gateways, owner, async (before, gateway, cookies) => {
        expect(await isDoubtful([...before, [gateway, cookies]])).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('count one browser as one, on any of the gateways', async () => {
    const returns = fc.array(fc.tuple(gateways, owner), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(returns, async (all) => {
        expect(await isDoubtful(all)).toBe(false);
      }),
    );
  });
});
