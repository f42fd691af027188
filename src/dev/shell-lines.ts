/** Of what a part needs, which variables another process needs to be a client, worker or gateway beside it. */
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

/** As lines for a shell: `export NAME=value`, of whatever another process needs beside this stack. */
export function shellLines(env: Readonly<Record<string, string>>): string {
  const lines = shared.flatMap((name) => {
    // If a value lies in a file, that is what is read.
    const form = env[`${name}_FILE`] ? `${name}_FILE` : name;
    return env[form] ? [`export ${form}=${quoted(env[form])}`] : [];
  });
  return lines.join('\n');
}

function quoted(value: string): string {
  if (/^[\w.,:/@%+=-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", "'\\''")}'`;
}
