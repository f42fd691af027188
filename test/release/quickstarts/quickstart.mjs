/**
 * The calls of Composio's quickstarts, as in its documentation, with @composio/core. Prints each
 * call and its result as a line of JSON, and waits for Enter before the next one:
 *
 *   COMPOSIO_BASE_URL=… COMPOSIO_API_KEY=… node test/release/quickstarts/quickstart.mjs user_123
 */
import { createInterface } from 'node:readline';
import { AuthScheme, Composio } from '@composio/core';

const [userId = 'user_123'] = process.argv.slice(2);
// Composio's SDK calls its vendor and npm by default, which no test should do.
const composio = new Composio({ allowTracking: false, disableVersionCheck: true });
const enter = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Makes the call, and prints its answer as `show` formats it, or the error. */
async function call(name, make, show) {
  let answer;
  let shown;
  try {
    answer = await make();
    shown = show(answer);
  } catch (error) {
    shown = { error: error.name, message: error.cause?.error?.error?.message ?? error.message };
  }
  console.log(JSON.stringify({ call: name, ...shown }));
  await enter.next();
  return answer;
}

await call(
  "authConfigs.list({ toolkit: 'github' })",
  () => composio.authConfigs.list({ toolkit: 'github' }),
  ({ items }) => ({ shows: items.map(({ id, status }) => `${id} ${status}`) }),
);
await call(
  "toolkits.getAuthConfigCreationFields('github', 'OAUTH2', { requiredOnly: true })",
  () => composio.toolkits.getAuthConfigCreationFields('github', 'OAUTH2', { requiredOnly: true }),
  (fields) => ({ shows: fields.map(({ name }) => name) }),
);
const github = await call(
  "authConfigs.create('github', { type: 'use_custom_auth', authScheme: 'OAUTH2', … })",
  () =>
    composio.authConfigs.create('github', {
      type: 'use_custom_auth',
      authScheme: 'OAUTH2',
      name: 'My GitHub app',
      credentials: { client_id: 'github-client', client_secret: 'github-client-secret' },
    }),
  ({ authScheme, isComposioManaged }) => ({
    shows: [authScheme, isComposioManaged ? 'managed' : 'custom'],
  }),
);
await call(
  'authConfigs.get(id)',
  () => composio.authConfigs.get(github.id),
  ({ name, status, credentials }) => ({ shows: [name, status, credentials.client_secret] }),
);
const request = await call(
  "toolkits.authorize(userId, 'github')",
  () => composio.toolkits.authorize(userId, 'github'),
  ({ status, redirectUrl }) => ({ shows: [status], redirectUrl }),
);
await call(
  'connectionRequest.waitForConnection()',
  () => request.waitForConnection(),
  ({ status, toolkit }) => ({ shows: [toolkit.slug, status] }),
);
await call(
  "tools.get(userId, { tools: ['GITHUB_LIST_STARGAZERS'] })",
  () => composio.tools.get(userId, { tools: ['GITHUB_LIST_STARGAZERS'] }),
  (tools) => ({ shows: tools.map((tool) => tool.function.name) }),
);
await call(
  "tools.execute('GITHUB_LIST_STARGAZERS', { userId, version, arguments })",
  () =>
    composio.tools.execute('GITHUB_LIST_STARGAZERS', {
      userId,
      version: '20251027_00',
      arguments: { owner: 'ComposioHQ', repo: 'composio' },
    }),
  ({ successful, error }) => ({ shows: [successful ? 'successful' : error] }),
);

const link = await call(
  "connectedAccounts.link(userId, 'ac_gmail', { callbackUrl })",
  () =>
    composio.connectedAccounts.link(userId, 'ac_gmail', {
      callbackUrl: 'https://app.example/callback',
    }),
  ({ status, redirectUrl }) => ({ shows: [status], redirectUrl }),
);
await call(
  'connectedAccounts.waitForConnection(id)',
  () => composio.connectedAccounts.waitForConnection(link.id),
  ({ status, toolkit }) => ({ shows: [toolkit.slug, status] }),
);
await call(
  "tools.execute('GMAIL_SEND_EMAIL', { userId, dangerouslySkipVersionCheck, arguments })",
  () =>
    composio.tools.execute('GMAIL_SEND_EMAIL', {
      userId,
      dangerouslySkipVersionCheck: true,
      arguments: { recipient_email: 'ada@app.example', subject: 'Hello', body: 'World' },
    }),
  ({ successful, error }) => ({ shows: [successful ? 'successful' : error] }),
);
await call(
  "connectedAccounts.initiate(userId, 'ac_apikey', { config: AuthScheme.APIKey({ api_key }) })",
  () =>
    composio.connectedAccounts.initiate(userId, 'ac_apikey', {
      config: AuthScheme.APIKey({ api_key: 'tvly-0123456789' }),
    }),
  ({ status }) => ({ shows: [status] }),
);
await call(
  'connectedAccounts.list({ userIds: [userId] })',
  () => composio.connectedAccounts.list({ userIds: [userId] }),
  ({ items }) => ({ shows: items.map(({ toolkit, status }) => `${toolkit.slug} ${status}`) }),
);

await call(
  'authConfigs.disable(id)',
  () => composio.authConfigs.disable(github.id),
  () => ({ shows: [] }),
);
await call(
  'connectedAccounts.get(id)',
  () => composio.connectedAccounts.get(request.id),
  ({ status, statusReason }) => ({ shows: [status, statusReason] }),
);
await call(
  'authConfigs.enable(id)',
  () => composio.authConfigs.enable(github.id),
  () => ({ shows: [] }),
);
await call(
  "authConfigs.update(id, { type: 'custom', credentials })",
  () =>
    composio.authConfigs.update(github.id, {
      type: 'custom',
      credentials: { client_secret: 'another-client-secret' },
    }),
  () => ({ shows: [] }),
);
for (const id of [github.id, 'ac_github']) {
  await call(
    `authConfigs.delete(${id === github.id ? 'id' : `'${id}'`})`,
    () => composio.authConfigs.delete(id),
    () => ({ shows: [] }),
  );
}
// Without an auth config, authorize creates one with Composio's own OAuth app.
// It then connects by the retired call.
await call(
  "toolkits.authorize(userId, 'github')",
  () => composio.toolkits.authorize(userId, 'github'),
  ({ status }) => ({ shows: [status] }),
);
process.exit(0);
