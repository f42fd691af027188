import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { SandboxControl } from '../sandbox/control.ts';
import { type LocalStack, startLocalStack } from '../src/dev/local-stack.ts';
import { MooringClient } from '../src/index.ts';
import { canaryComplaints, lateComplaints } from './afterwards.ts';
import { startApp, type Toolkit } from './app.ts';
import { runScenarios, unknownScenarios } from './auto.ts';
import { Billing } from './billing.ts';
import { Inbox } from './inbox.ts';
import { heading, line } from './report.ts';
import { writeShellFile } from './shell-file.ts';
import { usualSettings } from './settings.ts';

export interface DemoOptions {
  /** Scripted people play the scenarios, and the demo exits at the end. */
  auto?: boolean;
  only?: string[];
  json?: boolean;
  /** Ports of the app and of the parts of `mooring dev`; 0 or absent: any free one. */
  ports?: Record<string, number>;
}

/**
 * Runs everything on this machine, with either a page for you or scripted people. Returns the exit
 * code.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { auto = false, only, json = false, ports = {} } = options;
  const unknown = unknownScenarios(only ?? []);
  if (unknown.length > 0) {
    process.stderr.write(`no such scenario: ${unknown.join(', ')}\n`);
    return 2;
  }
  // Nobody opens the app in auto mode, so any port will do.
  const port = (!auto && ports['app']) || (await freePort());
  const origin = `http://127.0.0.1:${port}`;
  const inbox = new Inbox();
  const billing = new Billing();
  const stack = await startLocalStack({
    ports: { ...ports, app: port },
    returnOrigins: [origin],
    headless: auto,
    environment: {
      MOORING_EVENT_ENDPOINTS: inbox.endpoints(origin),
      ...billing.environment(origin),
    },
  });
  try {
    const mooring = await MooringClient.connect({ environment: stack.env });
    try {
      const app = await startApp({ mooring, inbox, billing, toolkits: toolkitsOf(stack), port });
      try {
        if (!auto) return await invite(stack, app.url);
        return await Promise.race([tellAll(stack, mooring), interrupted().then(() => 130)]);
      } finally {
        await app.stop();
      }
    } finally {
      await mooring.close();
    }
  } finally {
    await stack.stop();
  }

  async function tellAll(stack: LocalStack, mooring: MooringClient) {
    const { sandbox, env } = stack;
    const control = new SandboxControl(sandbox.url);
    await control.settings(usualSettings);
    const [{ id: authConfigId } = { id: '' }] = sandbox.authConfigs;
    const returnUrl = `${origin}/`;
    const backdrop = { mooring, sandbox: control, inbox, billing, env, authConfigId, returnUrl };
    const say = (text: string) => void (json || process.stdout.write(text));
    say(heading);
    const scenarios = await runScenarios(backdrop, only, (result) => say(line(result)));
    const complaints = [
      ...scenarios
        .filter(({ ok }) => !ok)
        .map(({ name }) => `scenario ${name} did not end as expected`),
      ...(await canaryComplaints(sandbox.canary, control)),
    ];
    if (complaints.length === 0) complaints.push(...(await lateComplaints(scenarios, backdrop)));
    for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
    const ok = complaints.length === 0;
    if (ok) say(`\nall ${scenarios.length} scenarios ended as expected\n`);
    if (json) process.stdout.write(`${JSON.stringify({ ok, scenarios })}\n`);
    return ok ? 0 : 1;
  }
}

function toolkitsOf({ sandbox }: LocalStack): Toolkit[] {
  const redirecting = sandbox.authConfigs.filter(({ scheme }) => scheme === 'OAUTH2');
  return redirecting.map(({ id, toolkit }) => ({ authConfigId: id, toolkit }));
}

/** Serves a page with Connect buttons, until Ctrl-C. */
async function invite(stack: LocalStack, appUrl: string): Promise<number> {
  const places = {
    'the app': appUrl,
    'Temporal UI': stack.temporal.uiUrl ?? 'none',
    sandbox: stack.sandbox.url,
    gateway: stack.gatewayUrl,
  };
  const note = (text: string) => process.stderr.write(`${text}\n`);
  for (const [what, where] of Object.entries(places)) note(`${what.padEnd(12)}  ${where}`);
  const file = await writeShellFile(stack.shellLines);
  try {
    // A program reads the lines from stdout. A person is better served by one short command.
    if (file === null) note('\nFor the CLI or a backend in another terminal:\n');
    if (file === null || !process.stdout.isTTY) process.stdout.write(`${stack.shellLines}\n`);
    note(`\n1. Open ${appUrl}, press Connect, and sign in as ada.`);
    note(`2. ${nextCommands(file?.name ?? null)}\n\nCtrl-C stops everything.`);
    await Promise.race([interrupted(), stack.done]);
    return 0;
  } finally {
    await file?.remove();
  }
}

/** How to look at the same connections with the CLI. */
function nextCommands(file: string | null): string {
  if (file === null) return 'In another terminal, paste these lines. Then run: npx mooring list';
  return `In another terminal, in this folder:\n\n     . ./${file}\n     npx mooring list`;
}

async function interrupted(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
