#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/src/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);

// A checkout runs its source, so that a stale build is never what somebody tries out.
if (existsSync(source) && (await registerTsx())) {
  await import(source.href);
} else if (existsSync(built)) {
  await import(built.href);
} else {
  process.stderr.write('error: mooring is not built\n  try: npm ci && npm run build\n');
  process.exitCode = 1;
}

/** tsx is a development dependency, and not there in production. */
async function registerTsx() {
  try {
    const { register } = await import('tsx/esm/api');
    register();
    return true;
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return false;
    throw error;
  }
}
