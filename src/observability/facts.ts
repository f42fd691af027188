import { mask } from '../composio/redact-text.ts';

/**
 * What may be logged of the facts that come with a line of Temporal's: texts, numbers, flags, and the words
 * of an error. Anything else may hold a decrypted payload: the SDK logs whole workflow activations at level
 * `trace`, after the codec has decrypted them.
 */
export function plainFacts(meta: object = {}): Record<string, unknown> {
  const facts = Object.entries(meta).map(([name, value]) => [name, plain(value)] as const);
  return Object.fromEntries(facts.filter(([, value]) => value !== undefined));
}

function plain(value: unknown): unknown {
  if (value instanceof Error) return mask(wordsOf(value));
  return ['string', 'number', 'boolean'].includes(typeof value) ? value : undefined;
}

function wordsOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${wordsOf(cause)}` : message;
}
