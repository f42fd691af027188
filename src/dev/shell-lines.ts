/** The variables of a part that a client, worker or gateway beside it needs too. */
const shared = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'COMPOSIO_API_KEY',
  'COMPOSIO_BASE_URL',
  'MOORING_ENCRYPTION_KEYS',
  'MOORING_CREDENTIAL_KEYS',
  'MOORING_TOKEN_KEYS',
  'MOORING_PUBLIC_URL',
  'MOORING_RETURN_ORIGINS',
  'MOORING_TASK_QUEUE',
  'MOORING_ID_KEY',
  'MOORING_OPS_PORT',
];

/**
 * Lines for a shell, `export NAME=value`, with all that another process needs beside this stack.
 */
export function shellLines(env: Readonly<Record<string, string>>): string {
  const lines = shared.flatMap((name) => {
    // If the value is in a file, export the name of the file.
    const form = env[`${name}_FILE`] ? `${name}_FILE` : name;
    return env[form] ? [`export ${form}=${quoteValue(env[form])}`] : [];
  });
  return lines.join('\n');
}

function quoteValue(value: string): string {
  if (/^[\w.,:/@%+=-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", "'\\''")}'`;
}
