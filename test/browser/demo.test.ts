import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chromiumPath, launchChromium } from '../support/chromium.ts';
import { type DemoStage, openDemo } from './demo-page.ts';

const executablePath = chromiumPath();

describe.skipIf(executablePath === null)('a person with a browser', () => {
  let demo: DemoStage;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    demo = await openDemo();
    browser = await launchChromium(executablePath);
  });

  afterAll(async () => {
    await browser.close();
    await demo.close();
  });

  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 900, height: 640 } });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('request', (request) => {
      const { hostname } = new URL(request.url());
      if (hostname !== '127.0.0.1') complaints.push(`asked ${hostname}`);
    });
    await page.goto(demo.app.url);
  });

  afterEach(async () => {
    await context.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  async function shot(name: string) {
    await page.screenshot({ path: `test-results/${name}.png`, fullPage: true });
  }

  function row(toolkit: string) {
    return page.getByRole('listitem').filter({ hasText: toolkit });
  }

  async function reachConsent(toolkit: string) {
    // Each screenshot waits for its content: Chromium takes none during a navigation.
    await page.getByRole('button', { name: `Connect ${toolkit}` }).click();
    await page.getByRole('button', { name: 'Continue', exact: true }).waitFor();
    await shot('link-page');
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await page.getByLabel('Account').waitFor();
    await shot('login');
    await page.getByLabel('Account').fill('ada');
    await page.getByRole('button', { name: /continue|sign in/i }).click();
    await page.getByRole('heading', { name: /allow/i }).waitFor();
    await shot('consent');
  }

  it('connects, and returns to a page that says so', async () => {
    await shot('app');
    await reachConsent('gmail');
    await page.getByRole('button', { name: /^allow/i }).click();
    await page.getByText('You are connected.').waitFor();
    await expect.poll(() => row('gmail').getByText('connected', { exact: true }).count()).toBe(1);
    // An event brings the news, and the page shows it without a reload.
    await row('connect.active').getByText('ac_gmail').waitFor();
    expect(await page.getByText('You are connected.').count()).toBe(1);
    await shot('connected');
    await page.setViewportSize({ width: 320, height: 640 });
    await shot('connected-narrow');
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(320);
  });

  it('disconnects, by keyboard alone, and sees the proof', async () => {
    await reachConsent('gmail');
    await page.getByRole('button', { name: /^allow/i }).click();
    await page.getByText('You are connected.').waitFor();
    const disconnect = page.getByRole('button', { name: 'Disconnect gmail' });
    await disconnect.waitFor();
    const name = () => page.evaluate<string>('document.activeElement?.ariaLabel ?? ""');
    for (let n = 0; n < 5 && (await name()) !== 'Disconnect gmail'; n++) {
      await page.keyboard.press('Tab');
    }
    await shot('disconnect-focused');
    await page.keyboard.press('Enter');
    // An event brings the news, and the page shows it without a reload.
    await row('gmail').getByText('disconnected', { exact: true }).waitFor();
    await row('gmail').first().getByText('revoked').waitFor();
    await row('connection.deleted').getByText('revoked').waitFor();
    await page.getByRole('button', { name: 'Connect gmail' }).waitFor();
    expect(await disconnect.count()).toBe(0);
    await shot('disconnected');
  });

  it('denies, and returns to a page that says that nothing was connected', async () => {
    await reachConsent('github');
    await page.getByRole('button', { name: /deny|don’t|cancel/i }).click();
    await page.getByText('Nothing was connected.').waitFor();
    await expect.poll(() => row('github').getByText('failed', { exact: true }).count()).toBe(1);
    await row('connect.failed').getByText('denied').waitFor();
    await shot('denied');
  });

  it('sees live, in a second tab, that the first one has connected', async () => {
    await reachConsent('slack');
    const second = await context.newPage();
    await second.goto(demo.app.url);
    const state = second.getByRole('listitem').filter({ hasText: 'slack' });
    await state.getByText('waiting for you').waitFor();
    await page.getByRole('button', { name: /^allow/i }).click();
    await page.getByText('You are connected.').waitFor();
    await state.getByText('connected', { exact: true }).waitFor();
    expect(await state.getByText('waiting for you').count()).toBe(0);
    await second.screenshot({ path: 'test-results/second-tab.png' });
  });

  it('without a return URL sees our own page', async () => {
    const user = demo.stage.user();
    const { redirectUrl } = await user.ask();
    await page.goto(redirectUrl ?? '');
    await page.getByRole('button', { name: /continue/i }).click();
    await page.getByLabel('Account').fill('ada');
    await page.getByRole('button', { name: /continue|sign in/i }).click();
    await page.getByRole('button', { name: /^allow/i }).click();
    await page.waitForURL((url) => url.origin === demo.stage.gatewayUrl);
    await page.getByRole('heading', { name: /connected/i }).waitFor();
    expect(page.url()).toContain('/callback/');
    await shot('landing');
  });

  it('with a stale link sees one plain page', async () => {
    const response = await page.goto(`${demo.stage.gatewayUrl}/callback/nonsense`);
    expect(response?.status()).toBe(404);
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    await shot('uniform');
    complaints.length = 0; // Chromium itself logs the 404
  });
});
