import type { Payload, PayloadCodec } from '@temporalio/common';

/** Every string and every byte of the value as text: what `grep` finds in a dump of it. */
export function everyByte(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (value !== null && typeof value === 'object') {
    return Object.entries(value)
      .map(([key, part]) => `${key}=${everyByte(part)}`)
      .join(' ');
  }
  return String(value);
}

/** The index uses the end of each secret, because many secrets start alike. */
const endLength = 8;

/**
 * Returns the secrets that this text contains, plain or in base64. It reads the text once, because
 * there may be thousands of secrets.
 */
export function leaks(given: string, secrets: readonly string[]): string[] {
  const text = withBase64Opened(given);
  const byEnd = new Map<string, string[]>();
  const found = new Set<string>();
  for (const secret of secrets) {
    const end = secret.slice(-endLength);
    if (end.length === endLength) byEnd.set(end, [...(byEnd.get(end) ?? []), secret]);
    else if (text.includes(secret)) found.add(secret);
  }
  for (let end = endLength; end <= text.length; end++) {
    for (const secret of byEnd.get(text.slice(end - endLength, end)) ?? []) {
      if (text.endsWith(secret, end)) found.add(secret);
    }
  }
  return secrets.filter((secret) => found.has(secret));
}

/** A logger writes bytes in base64, and payloads inside them. */
function withBase64Opened(text: string): string {
  const runs = text.match(/[A-Za-z\d+/_-]{16,}/g) ?? [];
  return [text, ...runs.map((run) => Buffer.from(run, 'base64').toString('latin1'))].join('\n');
}

/** The events with all payloads decoded, one event a line. */
export async function decodedEvents(
  events: readonly unknown[],
  codecs: readonly PayloadCodec[],
): Promise<string[]> {
  const sealed = [...payloadsIn(events)];
  let opened = sealed;
  for (const codec of codecs) opened = await codec.decode(opened);
  const texts = new Map<object, string>(
    sealed.map((payload, i) => [payload, everyByte(opened[i]?.data ?? '')]),
  );
  const open = (value: unknown): string => {
    if (value === null || typeof value !== 'object') return String(value);
    if (value instanceof Uint8Array) return everyByte(value);
    const text = texts.get(value);
    if (text !== undefined) return text;
    const parts = Object.entries(value).map(([key, part]) => `${key}=${open(part)}`);
    return parts.join(' ').replaceAll('\n', ' ');
  };
  return events.map(open);
}

function* payloadsIn(value: unknown): Generator<Payload> {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return;
  if ('metadata' in value && 'data' in value) yield value as Payload;
  else for (const part of Object.values(value)) yield* payloadsIn(part);
}

/**
 * The two kinds of events, of `decodedEvents`, that must contain a link's URL: their caller
 * receives it.
 */
export const givesTheLink =
  /(activityTaskCompleted|workflowExecutionUpdateCompleted)EventAttributes=(?!null|undefined)/;
