#!/usr/bin/env node
import { runCommandLine } from './program.ts';

// `mooring list | head` closes stdout early. This is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCommandLine(process.argv.slice(2));
// Everything should be closed now. Handles that a failed start left open must not keep the process
// alive.
setTimeout(() => process.exit(), 1_000).unref();
