type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same fields without those that are undefined: an absent option must not be sent as one. */
export function defined<T extends object>(fields: T): Defined<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}

/**
 * An input of a caller. Undefined means absent, also where the caller's compiler has
 * `exactOptionalPropertyTypes`.
 */
export type Given<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]: object extends Pick<T, K> ? Given<T[K]> | undefined : Given<T[K]> }
    : T;

/** The same input without its fields that are undefined, at any depth. */
export function withoutUndefined<T>(input: Given<T>): T;
export function withoutUndefined(input: unknown): unknown {
  if (Array.isArray(input)) return input.map((item) => withoutUndefined(item));
  if (typeof input !== 'object' || input === null) return input;
  if (Object.getPrototypeOf(input) !== Object.prototype) return input;
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutUndefined(value)]));
}
