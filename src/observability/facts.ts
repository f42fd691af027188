import { mask } from '../composio/redact-text.ts';

/**
 * What may be logged of the facts in a line of Temporal: texts, numbers, booleans, and the message
 * of an error. Anything else may hold a decrypted payload: at level `trace` the SDK logs whole
 * workflow activations after the codec has decrypted them.
 */
export function plainFacts(meta: object = {}): Record<string, unknown> {
  const facts = Object.entries(meta).map(([name, value]) => [name, plainValue(value)] as const);
  return Object.fromEntries(facts.filter(([, value]) => value !== undefined));
}

function plainValue(value: unknown): unknown {
  if (value instanceof Error) return mask(messageOf(value));
  return ['string', 'number', 'boolean'].includes(typeof value) ? value : undefined;
}

function messageOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${messageOf(cause)}` : message;
}
