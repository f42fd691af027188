import { startSandbox } from '../../sandbox/index.ts';

/** A sandbox in a process of its own: says where it is in one line of JSON, and lives on. */
const { url, apiKey, authConfigs } = await startSandbox();
console.log(JSON.stringify({ url, apiKey, authConfigs }));
