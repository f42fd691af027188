import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { chromiumPath, launchChromium } from '../support/chromium.ts';
import { mooring as cli } from '../support/cli.ts';
import { type DemoStage, openDemo, signIn } from './demo-page.ts';
import { stableHtml, terminalPage } from './stable-html.ts';

const executablePath = chromiumPath();
const folder = new URL('../../docs/pictures/', import.meta.url);
const hashFile = new URL('pages.json', folder);

/** `npm run pictures` takes them again. Otherwise each page is compared with what its picture shows. */
const isTaking = process.env.MOORING_PICTURES === '1';

const todo = 'the page differs from its pictures: run `npm run pictures`, and look at them';

/**
 * The pictures of the documents. A picture shows what a page was when it was taken; the hash of the
 * page is committed beside it, so this test fails when the page has changed since.
 */
describe.skipIf(executablePath === null)('a picture in the documents', () => {
  /** The hash of each page when its pictures were taken. */
  const shown = JSON.parse(readFileSync(hashFile, 'utf8')) as Record<string, string>;
  let demo: DemoStage;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    demo = await openDemo();
    browser = await launchChromium(executablePath);
  });

  // Each with cookies of its own: the provider remembers who has signed in.
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
  });

  afterEach(async () => {
    await context.close();
  });

  afterAll(async () => {
    if (isTaking) writeFileSync(hashFile, `${JSON.stringify(shown, null, 2)}\n`);
    await browser.close();
    await demo.close();
  });

  /**
   * The hash of the page as it is now. `npm run pictures` also takes its pictures, light and dark,
   * and writes the hash down.
   */
  async function capture(name: string, sizes: readonly (readonly [number, number])[]) {
    const html = stableHtml(await page.content());
    const hash = createHash('sha256').update(html).digest('hex');
    if (!isTaking) return hash;
    shown[name] = hash;
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const file = new URL(`${name}-${width}-${colorScheme}.png`, folder);
        await page.screenshot({ path: file.pathname });
      }
    }
    return hash;
  }

  it('shows consent, the result, and the demo with its event', async () => {
    await page.goto(demo.app.url);
    await page.getByRole('button', { name: 'Connect gmail' }).click();
    await signIn(page);
    await page.getByRole('heading', { name: /allow/i }).waitFor();
    expect(
      await capture('consent', [
        [1280, 480],
        [375, 480],
      ]),
      todo,
    ).toBe(shown['consent']);
    await page.getByRole('button', { name: /^allow/i }).click();
    await page.getByText('You are connected.').waitFor();
    const event = page.getByRole('listitem').filter({ hasText: 'connect.active' });
    await event.getByText('ac_gmail').waitFor();
    expect(
      await capture('demo', [
        [1280, 660],
        [375, 860],
      ]),
      todo,
    ).toBe(shown['demo']);
  });

  it('shows the gateway’s own page', async () => {
    const request = { userId: 'ada', authConfigId: 'ac_gmail' };
    const { redirectUrl } = await demo.stage.mooring.connectUser(request);
    await page.goto(redirectUrl ?? '');
    await signIn(page);
    await page.getByRole('button', { name: /^allow/i }).click();
    await page.getByRole('heading', { name: 'You are connected' }).waitFor();
    expect(
      await capture('result', [
        [1280, 360],
        [375, 360],
      ]),
      todo,
    ).toBe(shown['result']);
  });

  it('shows the command line', async () => {
    const request = { userId: 'grace', authConfigId: 'ac_custom_slack' };
    const { redirectUrl } = await demo.stage.mooring.connectUser(request);
    const callback = await new Person('grace').deny(redirectUrl ?? '');
    await fetch(callback, { redirect: 'manual' });
    await demo.stage.mooring.connectUser({ userId: 'linus', authConfigId: 'ac_github' });
    const run = async (...args: string[]) => {
      const { stdout } = await cli(args, demo.stage.env).end();
      return `$ npx mooring ${args.join(' ')}\n${stdout}`;
    };
    // Lists come from Temporal's visibility, which is a moment behind.
    await expect
      .poll(() => run('list'), { timeout: 30_000 })
      .toMatch(/FAILED[^]*ACTIVE|ACTIVE[^]*FAILED/);
    const output = `${await run('list')}\n${await run('show', 'ada/ac_gmail')}`;
    await page.setContent(terminalPage(output));
    expect(await capture('terminal', [[960, 350]]), todo).toBe(shown['terminal']);
  });
});
