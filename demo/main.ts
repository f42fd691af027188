import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { SandboxControl } from '../sandbox/control.ts';
import { type LocalStack, startLocalStack } from '../src/cli/local-stack.ts';
import { MooringClient } from '../src/client.ts';
import { startApp } from './app.ts';
import { runScenarios, type ScenarioResult, unknownScenarios } from './auto.ts';

export interface DemoOptions {
  /** Driven by scripted people, and over when they are. */
  auto?: boolean;
  only?: string[];
  json?: boolean;
}

/** Everything on this machine, and either a page for you or scripted people. Answers the exit code. */
export async function runDemo({ auto = false, only, json = false }: DemoOptions): Promise<number> {
  const unknown = unknownScenarios(only ?? []);
  if (unknown.length > 0) {
    process.stderr.write(`no such scenario: ${unknown.join(', ')}\n`);
    return 2;
  }
  const port = await portFor(4_000);
  const origin = `http://127.0.0.1:${port}`;
  const stack = await startLocalStack({ returnOrigins: [origin], headless: auto });
  try {
    const mooring = await MooringClient.connect({ environment: stack.env });
    try {
      if (!auto) return await invite(stack, mooring, port);
      return await Promise.race([tellAll(stack, mooring, origin), interrupted().then(() => 130)]);
    } finally {
      await mooring.close();
    }
  } finally {
    await stack.stop();
  }

  async function tellAll({ sandbox, env }: LocalStack, mooring: MooringClient, home: string) {
    const control = new SandboxControl(sandbox.url);
    const [{ id: authConfigId } = { id: '' }] = sandbox.authConfigs;
    const backdrop = { mooring, sandbox: control, env, authConfigId, returnUrl: `${home}/` };
    const scenarios = await runScenarios(backdrop, only, (result) => {
      if (!json) process.stdout.write(line(result));
    });
    const ok = scenarios.every((scenario) => scenario.ok) && (await canaryLives(stack, control));
    if (json) process.stdout.write(`${JSON.stringify({ ok, scenarios })}\n`);
    return ok ? 0 : 1;
  }
}

/** A page with Connect buttons, until Ctrl-C. */
async function invite(stack: LocalStack, mooring: MooringClient, port: number): Promise<number> {
  const toolkits = stack.sandbox.authConfigs
    .filter(({ scheme }) => scheme === 'OAUTH2')
    .map(({ id, toolkit }) => ({ authConfigId: id, toolkit }));
  const app = await startApp(mooring, toolkits, port);
  const places = {
    'the app': app.url,
    'Temporal UI': stack.temporal.uiUrl ?? 'none',
    sandbox: stack.sandbox.url,
    gateway: stack.gatewayUrl,
  };
  for (const [what, where] of Object.entries(places)) {
    process.stdout.write(`${what.padEnd(12)}  ${where}\n`);
  }
  process.stdout.write('\nOpen the app, press Connect, sign in as ada. Ctrl-C ends everything.\n');
  await Promise.race([interrupted(), stack.done]);
  await app.stop();
  return 0;
}

async function interrupted(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

/** Another user's account, there from the start: whatever was told, nothing may have touched it. */
async function canaryLives({ sandbox }: LocalStack, control: SandboxControl): Promise<boolean> {
  const { connectedAccountId, userId } = sandbox.canary;
  const rows = await control.accounts({ userId });
  const canary = rows.find(({ id }) => id === connectedAccountId);
  const writes = await control.writes({ userId });
  const tokens = await control.introspect(connectedAccountId);
  return (
    canary?.status === 'ACTIVE' &&
    !canary.deleted &&
    tokens.refresh === true &&
    writes.every(({ by }) => by !== 'api')
  );
}

function line({ name, ok, outcome, reason, apiCalls, historyEvents, ms, error }: ScenarioResult) {
  const end = reason === null ? outcome : `${outcome} ${reason}`;
  const cost = `${apiCalls} API calls, ${historyEvents} events, ${ms} ms`;
  const verdict = ok ? 'ok    ' : 'FAILED';
  return `${verdict} ${name.padEnd(18)} ${end.padEnd(22)} ${cost}${error === undefined ? '' : `\n       ${error}`}\n`;
}

/** The port that the README names, or any when that one is taken. */
async function portFor(wanted: number): Promise<number> {
  const server = createServer();
  const free = (port: number) =>
    new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
  if (!(await free(wanted))) await free(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
