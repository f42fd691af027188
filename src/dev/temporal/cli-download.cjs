'use strict';

// A program of its own, because the SDK's download cannot be aborted, and because a process can set
// up its Runtime only once: the caller does that. It is CommonJS, so that plain node runs it from
// src and from dist.
const { Runtime } = require('@temporalio/worker');
const { version: sdkVersion } = require('@temporalio/worker/package.json');

/**
 * Downloads the CLI that fits this SDK into the directory, and starts it once, headless, to check
 * that it serves.
 */
async function download(downloadDir) {
  const runtime = Runtime.instance();
  const server = await runtime.createEphemeralServer({
    type: 'dev-server',
    exe: {
      type: 'cached-download',
      downloadDir,
      version: 'default',
      ttl: 86_400_000, // no effect: the directory is empty each time
      sdkName: 'sdk-typescript',
      sdkVersion,
    },
    ip: '127.0.0.1',
    port: null,
    ui: false,
    uiPort: null,
    namespace: 'default',
    dbFilename: null,
    log: { format: 'text', level: 'error' },
    extraArgs: [],
  });
  await runtime.shutdownEphemeralServer(server);
}

download(process.argv[2]).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
