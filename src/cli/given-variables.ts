import { type MooringEnvironment, variableNames } from '../config.ts';

/**
 * The started parts set these variables for each other, so values from outside would break them.
 */
const reservedVariables = [
  'COMPOSIO_API_KEY',
  'COMPOSIO_BASE_URL',
  'MOORING_PUBLIC_URL',
  'MOORING_GATEWAY_HOST',
  'MOORING_GATEWAY_PORT',
  'MOORING_OPS_HOST',
  'MOORING_OPS_PORT',
  'MOORING_WEBHOOK_SECRETS',
  'MOORING_COMPOSIO_PROJECT_ID',
];

/**
 * Returns the variables of workers and gateways that are set here, as a value or as a file.
 * `ignored` has the names of set variables that are in `own` or reserved for the started parts.
 */
export function givenVariables(environment: MooringEnvironment, own: readonly string[] = []) {
  const taken: Record<string, string> = {};
  const ignored: string[] = [];
  for (const name of variableNames) {
    for (const form of [name, `${name}_FILE`]) {
      const value = environment[form];
      if (!value) continue;
      if (reservedVariables.includes(name) || own.includes(name)) ignored.push(form);
      else taken[form] = value;
    }
  }
  return { taken, ignored };
}

/** Null when no variable was ignored. */
export function ignoredNote(ignored: readonly string[], command: string): string | null {
  if (ignored.length === 0) return null;
  return `ignored, because \`mooring ${command}\` sets its own: ${ignored.join(', ')}`;
}
