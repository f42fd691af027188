import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MooringError } from '../../src/domain/errors.ts';
import { type RunningGateway, startGateway } from '../../src/gateway/server.ts';
import { type PageName, texts } from '../../src/gateway/pages/texts.ts';
import { chromiumPath, launchChromium } from '../support/chromium.ts';
import {
  active,
  alreadyConnected,
  away,
  description,
  gateway,
  linkless,
} from '../unit/gateway/support.ts';

const executablePath = chromiumPath();

/**
 * The gateway's pages and where they lead, in a real browser; the Temporal behind the gateway is
 * scripted.
 */
describe.skipIf(executablePath === null)('a page of the gateway', () => {
  const scripted = gateway();
  const { run, connectUser, connectAgain, reconnectToken } = scripted;
  /** Each page has its own run, as a run takes three signals a minute. */
  const token = (change: Parameters<typeof scripted.token>[0] = {}) =>
    scripted.token({ runId: randomUUID(), ...change });
  let served: RunningGateway;
  let elsewhere: Server;
  let browser: Browser;
  let context: BrowserContext;
  /**
   * On an origin that the gateway does not know: it redirects to another, as Composio redirects to
   * a provider.
   */
  let link: string;
  /** The app's page, where the gateway sends browsers afterwards. */
  let returnUrl: string;

  beforeAll(async () => {
    const { dependencies } = scripted;
    elsewhere = createServer((request, response) => {
      if (request.url === '/link') {
        response.writeHead(302, { Location: origin('provider', '/consent') }).end();
      } else response.setHeader('Content-Type', 'text/html').end('<title>Consent</title>');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port } = elsewhere.address() as AddressInfo;
    const origin = (name: string, path = '') => `http://${name}.localhost:${port}${path}`;
    link = origin('composio', '/link');
    returnUrl = origin('app', '/done');
    const returnOrigins = [origin('app')];
    served = await startGateway({ ...dependencies, returnOrigins, host: '127.0.0.1', port: 0 });
    browser = await launchChromium(executablePath);
  });

  afterAll(async () => {
    await browser.close();
    await served.stop();
    elsewhere.close();
  });

  afterEach(async () => {
    await context.close();
    for (const mock of [run.result, run.describe, run.deliverCallback]) mock.mockReset();
    connectUser.mockReset();
    connectAgain.mockReset();
  });

  async function openPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    context = await browser.newContext(options);
    return context.newPage();
  }

  const withLink = () => ({ ...linkless, status: 'INITIALIZING' as const, redirectUrl: link });
  const expired = () => {
    run.result.mockResolvedValue({ ...active, status: 'EXPIRED', reason: 'abandoned' });
    run.describe.mockResolvedValue({ ...description, open: false });
  };
  const focused = (page: Page) => page.locator(':focus');

  it('leads from a reconnect link to the provider, by keyboard alone and without scripts', async () => {
    connectUser.mockResolvedValue(withLink());
    const page = await openPage({ javaScriptEnabled: false });
    await page.goto(`${served.url}/reconnect/${reconnectToken()}`);
    await page.keyboard.press('Tab');
    expect(await focused(page).textContent()).toBe('Continue');
    await page.keyboard.press('Enter');
    await page.waitForURL('http://provider.localhost:*/consent');
    expect(await page.title()).toBe('Consent');
    expect(connectUser).toHaveBeenCalledOnce();
  });

  it('needs two presses when the backend is down at the first one', async () => {
    connectUser.mockRejectedValueOnce(away).mockResolvedValueOnce(withLink());
    const page = await openPage({ javaScriptEnabled: false });
    await page.goto(`${served.url}/reconnect/${reconnectToken()}`);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'That did not work just now' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await focused(page).textContent()).toBe('Try again');
    await page.keyboard.press('Enter');
    await page.waitForURL('http://provider.localhost:*/consent');
  });

  it('starts nothing when it is fetched, reloaded or prefetched', async () => {
    const page = await openPage();
    await page.goto(`${served.url}/reconnect/${reconnectToken()}`);
    await page.reload();
    expect(connectUser).not.toHaveBeenCalled();
  });

  it('leads back to the app by keyboard when the account is connected already', async () => {
    connectUser.mockRejectedValue(alreadyConnected('ca_1 is ACTIVE'));
    const page = await openPage({ javaScriptEnabled: false });
    await page.goto(`${served.url}/reconnect/${reconnectToken({ returnUrl })}`);
    await page.getByRole('button').click();
    await page.getByRole('heading', { name: 'You are connected already' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await focused(page).textContent()).toBe('Back to the app');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${returnUrl}?mooring_status=active&*`);
  });

  it('leads a user who comes back after expiry, with Composio’s query, to a new link', async () => {
    expired();
    connectAgain.mockResolvedValue(withLink());
    const page = await openPage({ javaScriptEnabled: false });
    await page.goto(`${served.url}/callback/${token()}?status=success&connected_account_id=ca_1`);
    await page.keyboard.press('Tab');
    expect(await focused(page).textContent()).toBe('Start again');
    await page.keyboard.press('Enter');
    await page.waitForURL('http://provider.localhost:*/consent');
    expect(connectAgain).toHaveBeenCalledOnce();
  });

  it('returns a code to the app when it is opened again', async () => {
    run.deliverCallback.mockRejectedValueOnce(away).mockResolvedValueOnce(true);
    run.describe.mockResolvedValue(description);
    const page = await openPage({ javaScriptEnabled: false });
    await page.goto(`${served.url}/callback/${token({ returnUrl, confirm: true })}?status=success`);
    await page.getByRole('heading', { name: 'One step is missing' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${returnUrl}?mooring_status=pending&*&mooring_code=*`);
    expect(run.deliverCallback.mock.calls[1]?.[0]).toMatchObject({ status: 'success' });
  });

  /** Every page of the gateway, by its name. */
  const pages: Partial<Record<PageName, (page: Page) => Promise<unknown>>> = {
    reconnect: (page) => page.goto(`${served.url}/reconnect/${reconnectToken()}`),
    connected: (page) => pressed(page, alreadyConnected('ACTIVE')),
    later: (page) => pressed(page, away),
    invalid: (page) => page.goto(`${served.url}/reconnect/nonsense`),
    expired: async (page) => {
      expired();
      await page.goto(`${served.url}/callback/${token()}`);
    },
    failed: async (page) => {
      const outcome = { ...active, status: 'FAILED', reason: 'identity_mismatch' } as const;
      run.result.mockResolvedValue(outcome);
      run.describe.mockResolvedValue(description);
      await page.goto(`${served.url}/callback/${token()}`);
    },
    active: async (page) => {
      run.result.mockResolvedValue(active);
      run.describe.mockResolvedValue(description);
      await page.goto(`${served.url}/callback/${token()}`);
    },
    unavailable: async (page) => {
      run.deliverCallback.mockRejectedValue(away);
      await page.goto(`${served.url}/callback/${token({ returnUrl })}`);
    },
    unheard: async (page) => {
      run.deliverCallback.mockRejectedValue(away);
      await page.goto(`${served.url}/callback/${token({ confirm: true })}`);
    },
  };

  async function pressed(page: Page, error: MooringError) {
    connectUser.mockRejectedValue(error);
    await page.goto(`${served.url}/reconnect/${reconnectToken({ returnUrl })}`);
    await page.getByRole('button').click();
    await page.getByRole('button', { name: 'Continue' }).waitFor({ state: 'detached' });
  }

  it.each(Object.keys(pages) as PageName[])(
    '%s › fits, and is readable, on every screen',
    async (name) => {
      const page = await openPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      await pages[name]?.(page);
      const { heading } = texts[name];
      expect(await page.getByRole('heading', { level: 1 }).allTextContents()).toEqual([heading]);
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: width === 320 ? 568 : 800 });
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          const seen = await page.evaluate<Seen>(look);
          expect(seen.scrollWidth).toBeLessThanOrEqual(width);
          for (const { text, contrast, height } of seen.texts) {
            expect(contrast, `${text} in ${colorScheme}`).toBeGreaterThanOrEqual(4.5);
            expect(height).toBeGreaterThan(0);
          }
          // 44 px is the smallest target that a thumb hits.
          for (const height of seen.buttons) expect(height).toBeGreaterThanOrEqual(44);
          await page.screenshot({ path: `test-results/page-${name}-${width}-${colorScheme}.png` });
        }
      }
      // Chromium logs every 4xx and 5xx itself; a violation of our policy has other words.
      expect(complaints.filter((text) => /policy|refused/i.test(text))).toEqual([]);
    },
  );
});

interface Seen {
  scrollWidth: number;
  texts: { text: string; contrast: number; height: number }[];
  buttons: number[];
}

/**
 * Measures the page as a person sees it (contrast as in WCAG). It is text because it runs in the
 * browser.
 */
const look = `(() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((channel) => {
      const part = channel / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
  };
  const texts = [...document.querySelectorAll('h1, p, a, button')].map((element) => {
    const both = [getComputedStyle(element).color, behind(element)].map(luminance);
    const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    return { text: element.textContent, contrast, height: element.getBoundingClientRect().height };
  });
  const buttons = [...document.querySelectorAll('button')].map((button) => button.offsetHeight);
  return { scrollWidth: document.documentElement.scrollWidth, texts, buttons };
})()`;
