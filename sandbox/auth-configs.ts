export interface AuthConfig {
  id: string;
  toolkit: string;
  /** The toolkit's name as people read it on the pages. */
  name: string;
  scheme: 'OAUTH2' | 'API_KEY';
  managed: boolean;
  /** What the provider is asked for; empty where there is no provider. */
  scopes: readonly string[];
}

/** The auth configs that every sandbox has. Each OAuth one is a client of its own at the provider. */
export const authConfigs: readonly AuthConfig[] = [
  {
    id: 'ac_gmail',
    toolkit: 'gmail',
    name: 'Gmail',
    scheme: 'OAUTH2',
    managed: true,
    scopes: ['mail.read', 'mail.send'],
  },
  {
    id: 'ac_github',
    toolkit: 'github',
    name: 'GitHub',
    scheme: 'OAUTH2',
    managed: true,
    scopes: ['repo.read'],
  },
  {
    id: 'ac_custom_slack',
    toolkit: 'slack',
    name: 'Slack',
    scheme: 'OAUTH2',
    managed: false,
    scopes: ['chat.write'],
  },
  {
    id: 'ac_apikey',
    toolkit: 'tavily',
    name: 'Tavily',
    scheme: 'API_KEY',
    managed: false,
    scopes: [],
  },
];

export function findAuthConfig(id: string): AuthConfig | undefined {
  return authConfigs.find((config) => config.id === id);
}
