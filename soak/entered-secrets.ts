import type { Call } from './evidence.ts';

/** Every credential that a story enters has this prefix. */
export const enteredPrefix = 'SOAKSECRET-';

/** The credentials that callers sent, anywhere in their input. */
export function secretsIn(calls: readonly Call[]): string[] {
  const found = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === 'string' && value.startsWith(enteredPrefix)) found.add(value);
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  for (const { input } of calls) collect(input);
  return [...found];
}
