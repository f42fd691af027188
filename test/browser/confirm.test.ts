import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, launchChromium } from '../support/chromium.ts';
import { openStage, type TestStage, type TestUser } from '../support/stage.ts';
import { signIn } from './demo-page.ts';

const executablePath = chromiumPath();

/** An attempt with `confirm`, the whole stack behind it, and real browsers in front. */
describe.skipIf(executablePath === null)('confirm with real browsers', () => {
  let stage: TestStage;
  let app: Server;
  let returnUrl: string;
  let browser: Browser;
  const profiles: BrowserContext[] = [];

  beforeAll(async () => {
    app = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://app');
      const ahead = searchParams.get('ahead');
      const link =
        ahead === null ? '' : `<link rel="prefetch" href="${ahead.replace('&', '&amp;')}">`;
      response.setHeader('Content-Type', 'text/html').end(`<title>App</title>${link}`);
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    returnUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}/done`;
    const { origin } = new URL(returnUrl);
    stage = await openStage({ environment: { MOORING_RETURN_ORIGINS: origin } });
    browser = await launchChromium(executablePath);
  });

  afterAll(async () => {
    await browser.close();
    await stage.close();
    app.close();
  });

  afterEach(async () => {
    for (const profile of profiles.splice(0)) await profile.close();
  });

  /** A separate browser profile: it shares no storage with the others. */
  async function newProfile(): Promise<BrowserContext> {
    const profile = await browser.newContext();
    profiles.push(profile);
    return profile;
  }

  const connect = (user: TestUser) => user.connect({ returnUrl, confirm: 'required' });
  const handle = (user: TestUser) => stage.mooring.connections.get(user.connectionId);
  const isCallback = (url: URL) => url.pathname.startsWith('/callback/');

  async function approve(page: Page, redirectUrl: string) {
    await page.goto(redirectUrl);
    await signIn(page);
    await page.getByRole('button', { name: /^allow/i }).click();
  }

  async function codeIn(page: Page): Promise<string> {
    await page.waitForURL(`${returnUrl}?*`);
    return new URL(page.url()).searchParams.get('mooring_code') ?? '';
  }

  it('counts a second browser, however often the first one has called before', async () => {
    const mallory = stage.user();
    const { redirectUrl } = await connect(mallory);
    // Mallory denies on the link, and so learns where browsers are sent.
    const his = await (await newProfile()).newPage();
    const seen: URL[] = [];
    his.on('request', (request) => seen.push(new URL(request.url())));
    await stage.sandbox.settings({ deniedStatus: 'INITIATED' });
    await his.goto(redirectUrl);
    await his.getByRole('button', { name: 'Cancel' }).click();
    await his.waitForURL(`${returnUrl}?*`);
    await stage.sandbox.settings({ deniedStatus: 'FAILED' });
    const forged = seen.find(isCallback);
    if (forged === undefined) throw new Error('Mallory’s browser was not sent to the gateway');
    forged.search = '?status=success';
    await his.goto(forged.href);
    const code = await codeIn(his);
    expect(code).not.toBe('');
    for (let n = 0; n < 5; n++) await his.goto(forged.href);
    const early = handle(mallory).confirm({ code, userId: mallory.id });
    early.catch(() => {});

    // Alice follows the link that Mallory sent her.
    const hers = await (await newProfile()).newPage();
    await approve(hers, redirectUrl);
    await hers.waitForURL((url) => isCallback(url) || url.href.startsWith(returnUrl));
    const outcome = await handle(mallory).result({ timeoutMs: 30_000 });
    expect(outcome).toMatchObject({
      status: 'FAILED',
      reason: 'unconfirmed',
      statusReason: 'two browsers came back',
    });
    await expect(early).resolves.toEqual(outcome);
    expect(await mallory.left()).toEqual([]);
  });

  it('counts one browser when three tabs open the callback at the same moment', async () => {
    const user = stage.user();
    const { redirectUrl } = await connect(user);
    const { href: callback } = await user.person.approve(redirectUrl);
    const profile = await newProfile();
    const tabs = await Promise.all([profile.newPage(), profile.newPage(), profile.newPage()]);
    // All three requests are sent before the first one is answered.
    let onTheWay = 0;
    let release = () => {};
    const all = new Promise<void>((resolve) => (release = resolve));
    await profile.route(isCallback, async (route) => {
      if (++onTheWay === tabs.length) release();
      await all;
      await route.continue();
    });
    await Promise.all(tabs.map((tab) => tab.goto(callback)));
    const codes = await Promise.all(tabs.map(codeIn));
    const outcome = await handle(user).confirm({ code: codes[0] ?? '', userId: user.id });
    expect(outcome).toMatchObject({ status: 'ACTIVE' });
    expect(await user.left()).toEqual([[outcome.connectedAccountId, 'ACTIVE']]);
  });

  it('counts one browser when the callback was prefetched, and only the visit gets a code', async () => {
    const user = stage.user();
    const { redirectUrl } = await connect(user);
    const { href: callback } = await user.person.approve(redirectUrl);
    const profile = await newProfile();
    const page = await profile.newPage();
    const prefetched = page.waitForResponse((response) => isCallback(new URL(response.url())));
    await page.goto(`${returnUrl}?ahead=${encodeURIComponent(callback)}`);
    expect((await prefetched).status()).toBe(503);
    await page.goto(callback);
    const outcome = await handle(user).confirm({ code: await codeIn(page), userId: user.id });
    expect(outcome).toMatchObject({ status: 'ACTIVE' });
  });
});
