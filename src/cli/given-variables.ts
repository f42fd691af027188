import { type Environment, variables } from '../config.ts';

/** What the parts that this command starts make for each other, so that it has to be theirs. */
const made = [
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
 * The variables of workers and gateways that are set here, as value or as file, but for those in `own` and those
 * that the started parts make themselves; and the names of what is set and so not taken.
 */
export function givenVariables(environment: Environment, own: readonly string[] = []) {
  const taken: Record<string, string> = {};
  const ignored: string[] = [];
  for (const name of variables) {
    for (const form of [name, `${name}_FILE`]) {
      const value = environment[form];
      if (!value) continue;
      if (made.includes(name) || own.includes(name)) ignored.push(form);
      else taken[form] = value;
    }
  }
  return { taken, ignored };
}

/** Null when nothing was ignored. */
export function ignoredNote(ignored: readonly string[], command: string): string | null {
  if (ignored.length === 0) return null;
  return `not taken, as \`mooring ${command}\` sets its own: ${ignored.join(', ')}`;
}
