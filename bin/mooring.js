#!/usr/bin/env node
// For a checkout: it runs the sources, so that a stale build is never what somebody tries out.
// A package has its own command, which `npm run packages` makes.
try {
  const { register } = await import('tsx/esm/api');
  register();
  await import('../src/cli/main.ts');
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes("'tsx'")) throw error;
  process.stderr.write('error: tsx is missing\n  try: npm ci\n');
  process.exitCode = 1;
}
