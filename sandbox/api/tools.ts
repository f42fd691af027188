import type { ToolkitRetrieveResponse } from '@composio/client/resources/toolkits.mjs';
import type { ToolListResponse, ToolRetrieveResponse } from '@composio/client/resources/tools.mjs';
import { type AuthConfig, authConfigs, redirects } from '../auth-configs.ts';
import { askedFields } from '../fields.ts';
import { toolNotFound } from './errors.ts';
import { inputField, logoOf } from './represent-auth-config.ts';

const version = '00000000_00';
const epoch = new Date(0).toISOString();

/** Tools are named after their toolkit: GMAIL_SEND_EMAIL. */
export function toolkitOfTool(slug: string): AuthConfig {
  const toolkit = authConfigs.find((config) =>
    slug.toUpperCase().startsWith(`${config.toolkit.toUpperCase()}_`),
  );
  if (!toolkit) throw toolNotFound(slug);
  return toolkit;
}

/**
 * The sandbox has no catalogue: every name that starts with a toolkit is a tool, and takes any
 * arguments.
 */
export function toTool(slug: string, asked: string | undefined): ToolRetrieveResponse {
  const { toolkit, name, scopes, scheme } = toolkitOfTool(slug);
  const shown = asked === undefined || asked === 'latest' ? version : asked;
  const common = {
    version: shown,
    available_versions: [shown],
    is_deprecated: false,
  };
  const title = slug.toLowerCase().replaceAll('_', ' ');
  const logo = logoOf(toolkit);
  return {
    ...common,
    slug,
    name: title,
    description: `${title}: the sandbox executes it without calling ${name}`,
    toolkit: { slug: toolkit, name, logo },
    input_parameters: { type: 'object', properties: {}, additionalProperties: true },
    output_parameters: { type: 'object', properties: {}, additionalProperties: true },
    no_auth: scheme === 'NO_AUTH',
    scopes: [...scopes],
    scope_requirements: null,
    tags: [],
    deprecated: { ...common, displayName: title, toolkit: { logo } },
  };
}

/** The tools that the query names. If it names toolkits, one example tool of each. */
export function listTools(query: Record<string, string>): ToolListResponse {
  const { tool_slugs: slugs = '', toolkit_slug: toolkits = '' } = query;
  const names = [
    ...slugs.split(','),
    ...toolkits.split(',').map((toolkit) => toolkit && `${toolkit.toUpperCase()}_SANDBOX_TOOL`),
  ].filter(Boolean);
  const items = names.flatMap((slug) => {
    try {
      return [toTool(slug, undefined)];
    } catch {
      return []; // lists omit unknown tools
    }
  });
  return {
    items,
    total_items: items.length,
    total_pages: 1,
    current_page: 1,
    next_cursor: null,
  };
}

export function toToolkit(toolkit: AuthConfig): ToolkitRetrieveResponse {
  const { scheme, managed, scopes } = toolkit;
  const schemes = managed ? [scheme] : [];
  const app = redirects(toolkit) ? ['client_id', 'client_secret'] : [];
  return {
    slug: toolkit.toolkit,
    name: toolkit.name,
    type: 'native',
    enabled: true,
    is_local_toolkit: false,
    composio_managed_auth_schemes: schemes,
    composio_managed_auth: schemes.map((mode) => ({ mode, scopes: { available: [...scopes] } })),
    auth_config_details: [
      {
        name: scheme.toLowerCase(),
        mode: scheme,
        fields: {
          auth_config_creation: { required: app.map(inputField), optional: [] },
          connected_account_initiation: {
            required: askedFields(toolkit, {}).map(inputField),
            optional: [],
          },
        },
      },
    ],
    meta: {
      created_at: epoch,
      updated_at: epoch,
      description: `${toolkit.name}, as the sandbox knows it`,
      logo: logoOf(toolkit.toolkit),
      categories: [],
      triggers_count: 0,
      tools_count: 0,
      version,
      available_versions: [version],
    },
    deprecated: { toolkitId: toolkit.toolkit, rawProxyInfoByAuthSchemes: [] },
  };
}
