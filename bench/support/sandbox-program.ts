import { startSandbox } from '../../sandbox/index.ts';

/** A sandbox in a process of its own. Prints its address as one line of JSON, and keeps running. */
const { url, apiKey, authConfigs } = await startSandbox();
console.log(JSON.stringify({ url, apiKey, authConfigs }));
