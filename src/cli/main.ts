import { run } from './program.ts';

// `mooring list | head` closes our stdout early, which is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2));
// Everything is closed by now. What a failed start may have left open must not keep a dead process up.
setTimeout(() => process.exit(), 1_000).unref();
