/* A test that starts the sandbox in its own process. */
import { startSandbox } from 'mooring-sandbox';
import { SandboxControl } from 'mooring-sandbox/control';

async function main() {
  const sandbox = await startSandbox();
  const answers: Record<string, number> = await new SandboxControl(sandbox.url).answers();
  console.log(JSON.stringify({ configs: sandbox.authConfigs.length > 0, answers }));
  await sandbox.stop();
}

void main();
