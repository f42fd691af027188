import type { Page } from 'playwright-core';
import { startApp } from '../../demo/app.ts';
import { Billing } from '../../demo/billing.ts';
import { Inbox } from '../../demo/inbox.ts';
import { findFreePort } from '../../src/process/ports.ts';
import { openStage, type TestStage } from '../support/stage.ts';

export interface DemoStage {
  stage: TestStage;
  app: Awaited<ReturnType<typeof startApp>>;
  close(): Promise<void>;
}

/** The demo's app on a stage of its own, with a toolkit for each OAuth app of the sandbox. */
export async function openDemo(): Promise<DemoStage> {
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  const inbox = new Inbox();
  const stage = await openStage({
    environment: {
      MOORING_RETURN_ORIGINS: origin,
      MOORING_EVENT_ENDPOINTS: inbox.endpoints(origin),
    },
  });
  const toolkits = stage.server.authConfigs
    .filter(({ scheme }) => scheme === 'OAUTH2')
    .map(({ id, toolkit }) => ({ authConfigId: id, toolkit }));
  const billing = new Billing();
  const app = await startApp({ mooring: stage.mooring, inbox, billing, toolkits, port });
  const close = async () => {
    await app.stop();
    await stage.close();
  };
  return { stage, app, close };
}

/** From the page of a link to the consent page of the provider. */
export async function signIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByLabel('Account').fill('ada');
  await page.getByRole('button', { name: /continue|sign in/i }).click();
}
