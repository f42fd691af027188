import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Person } from '../../demo/person.ts';
import { hasPython, pythonWith, untried } from '../support/python.ts';
import { useSandbox } from '../sandbox/support.ts';

const fileOf = (name: string) => fileURLToPath(new URL(`quickstarts/${name}`, import.meta.url));

const retired =
  'ComposioLegacyConnectedAccountsEndpointRetiredError: Creating connections on this endpoint for Composio-managed OAuth auth configs is no longer supported. Use POST /api/v3/connected_accounts/link instead.';

interface Printed {
  call: string;
  shows?: (string | null)[];
  /** Where the quickstart sends its user. */
  redirectUrl?: string;
  error?: string;
  message?: string;
}

/** Runs a quickstart, plays its user, and prints each call, its requests and its result. */
async function transcript(
  { sandbox, control, newUser }: ReturnType<typeof useSandbox>,
  sdk: string,
  command: string,
  program: string,
): Promise<string> {
  const child = spawn(command, [fileOf(program), newUser()], {
    env: {
      PATH: process.env.PATH,
      COMPOSIO_BASE_URL: sandbox().url,
      COMPOSIO_API_KEY: sandbox().apiKey,
      // Where its settings would be, and where Python would leave its bytecode.
      HOME: fileOf(''),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const lines: string[] = [];
  await control().resetCalls();
  for await (const line of createInterface({ input: child.stdout })) {
    const { call, shows = [], redirectUrl, error, message } = JSON.parse(line) as Printed;
    const gave = error === undefined ? shows.join(', ') : `${error}: ${message}`;
    lines.push(`${call}${gave && ` -> ${gave}`}`);
    for (const { route, status } of await control().callLog()) lines.push(`    ${route} ${status}`);
    await control().resetCalls();
    if (redirectUrl !== undefined)
      await (await new Person('ada').reachConsent(redirectUrl)).allow();
    child.stdin.write('\n');
  }
  const code = await exited;
  if (code !== 0 || stderr !== '') lines.push(`exited with ${code}: ${stderr}`);
  console.info(`\n${sdk} against the sandbox, call by call:\n\n${lines.join('\n')}\n`);
  return lines.join('\n');
}

describe('the quickstart of @composio/core', () => {
  const own = useSandbox();

  it('runs against the sandbox', async () => {
    expect(await transcript(own, '@composio/core', process.execPath, 'quickstart.mjs')).toBe(`\
authConfigs.list({ toolkit: 'github' }) -> ac_github ENABLED
    GET /auth_configs 200
toolkits.getAuthConfigCreationFields('github', 'OAUTH2', { requiredOnly: true }) -> client_id, client_secret
    GET /toolkits/:slug 200
authConfigs.create('github', { type: 'use_custom_auth', authScheme: 'OAUTH2', … }) -> OAUTH2, custom
    POST /auth_configs 201
authConfigs.get(id) -> My GitHub app, ENABLED, gith...
    GET /auth_configs/:id 200
toolkits.authorize(userId, 'github') -> INITIATED
    GET /toolkits/:slug 200
    GET /auth_configs 200
    GET /connected_accounts 200
    POST /connected_accounts 201
connectionRequest.waitForConnection() -> github, ACTIVE
    GET /connected_accounts/:id 200
tools.get(userId, { tools: ['GITHUB_LIST_STARGAZERS'] }) -> GITHUB_LIST_STARGAZERS
    GET /tools 200
tools.execute('GITHUB_LIST_STARGAZERS', { userId, version, arguments }) -> successful
    GET /tools/:slug 200
    POST /tools/execute/:slug 200
connectedAccounts.link(userId, 'ac_gmail', { callbackUrl }) -> INITIATED
    GET /connected_accounts 200
    POST /connected_accounts/link 201
connectedAccounts.waitForConnection(id) -> gmail, ACTIVE
    GET /connected_accounts/:id 200
tools.execute('GMAIL_SEND_EMAIL', { userId, dangerouslySkipVersionCheck, arguments }) -> successful
    GET /tools/:slug 200
    POST /tools/execute/:slug 200
connectedAccounts.initiate(userId, 'ac_apikey', { config: AuthScheme.APIKey({ api_key }) }) -> ACTIVE
    GET /connected_accounts 200
    POST /connected_accounts 201
connectedAccounts.list({ userIds: [userId] }) -> tavily ACTIVE, gmail ACTIVE, github ACTIVE
    GET /connected_accounts 200
authConfigs.disable(id)
    PATCH /auth_configs/:id/DISABLED 200
connectedAccounts.get(id) -> INACTIVE, Auth config is disabled
    GET /connected_accounts/:id 200
authConfigs.enable(id)
    PATCH /auth_configs/:id/ENABLED 200
authConfigs.update(id, { type: 'custom', credentials })
    PATCH /auth_configs/:id 200
authConfigs.delete(id)
    DELETE /auth_configs/:id 200
authConfigs.delete('ac_github')
    DELETE /auth_configs/:id 200
toolkits.authorize(userId, 'github') -> ${retired}
    GET /toolkits/:slug 200
    GET /auth_configs 200
    POST /auth_configs 201
    GET /connected_accounts 200
    POST /connected_accounts 400`);
  });
});

describe('the quickstart of Python’s composio', () =>
  hasPython ? pythonTried() : untried('the quickstart of Python’s composio'));

function pythonTried(): void {
  const own = useSandbox();

  it('runs against the sandbox', { timeout: 300_000 }, async () => {
    const python = await pythonWith(fileOf('requirements.txt'));
    expect(await transcript(own, 'Python’s composio', python, 'quickstart.py')).toBe(`\
auth_configs.list(toolkit_slug='github') -> ac_github ENABLED
    GET /auth_configs 200
toolkits.get_auth_config_creation_fields('github', 'OAUTH2', required_only=True) -> client_id, client_secret
    GET /toolkits/:slug 200
auth_configs.create('github', {'type': 'use_custom_auth', 'auth_scheme': 'OAUTH2', …}) -> OAUTH2, custom
    POST /auth_configs 201
auth_configs.get(id) -> My GitHub app, ENABLED, gith...
    GET /auth_configs/:id 200
toolkits.authorize(user_id, 'github') -> INITIATED
    GET /auth_configs 200
    GET /connected_accounts 200
    POST /connected_accounts 201
connection_request.wait_for_connection() -> github, ACTIVE
    GET /connected_accounts/:id 200
tools.get(user_id, tools=['GITHUB_LIST_STARGAZERS']) -> GITHUB_LIST_STARGAZERS
    GET /tools 200
tools.execute('GITHUB_LIST_STARGAZERS', user_id, version, arguments) -> successful
    POST /tools/execute/:slug 200
connected_accounts.link(user_id, 'ac_gmail', callback_url) -> INITIATED
    GET /connected_accounts 200
    POST /connected_accounts/link 201
connected_accounts.wait_for_connection(id) -> gmail, ACTIVE
    GET /connected_accounts/:id 200
    GET /connected_accounts/:id 200
tools.execute('GMAIL_SEND_EMAIL', user_id, dangerously_skip_version_check, arguments) -> successful
    GET /tools/:slug 200
    POST /tools/execute/:slug 200
connected_accounts.initiate(user_id, 'ac_apikey', config=auth_scheme.api_key(…)) -> ACTIVE
    GET /connected_accounts 200
    POST /connected_accounts 201
connected_accounts.list(user_ids=[user_id]) -> tavily ACTIVE, gmail ACTIVE, github ACTIVE
    GET /connected_accounts 200
auth_configs.disable(id)
    PATCH /auth_configs/:id/DISABLED 200
connected_accounts.get(id) -> INACTIVE, Auth config is disabled
    GET /connected_accounts/:id 200
auth_configs.enable(id)
    PATCH /auth_configs/:id/ENABLED 200
auth_configs.update(id, {'type': 'custom', 'credentials': …})
    PATCH /auth_configs/:id 200
auth_configs.delete(id)
    DELETE /auth_configs/:id 200
auth_configs.delete('ac_github')
    DELETE /auth_configs/:id 200
toolkits.authorize(user_id, 'github') -> ${retired.replace(': ', ': 400 ')}
    GET /auth_configs 200
    POST /auth_configs 201
    GET /connected_accounts 200
    POST /connected_accounts 400`);
  });
}
