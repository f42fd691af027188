/** Shorter values are words of any sentence; nothing that opens anything is so short. */
const leastLength = 4;

/**
 * For every string in `secrets`, however deep: itself, each of its lines and, when it is JSON, every
 * string in there; as it is, URL-encoded, JSON-escaped and in base64. Upstream quotes what it was sent
 * in any of these, and `mask` cannot know a password by its looks.
 */
export function hiding(secrets: unknown): (text: string) => string {
  const spelled = new Set([...stringsIn(secrets)].flatMap(spellings));
  // The longest first, or a value would be torn by another that stands within it.
  const hidden = [...spelled]
    .filter((text) => text.length >= leastLength)
    .sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    yield value;
    yield* value.split(/[\r\n]+/);
    yield* stringsIn(parsedObject(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) yield* stringsIn(inner);
  }
}

/** A service account's credentials are JSON with the key inside. */
function parsedObject(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function spellings(secret: string): string[] {
  if (secret.length < leastLength) return [];
  const bytes = Buffer.from(secret);
  const url = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  return [
    secret,
    url,
    url.replace(/%../g, (escape) => escape.toLowerCase()),
    form,
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}
