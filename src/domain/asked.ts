/**
 * What a request asks for, as far as it decides what is done: so two of them can be compared, and an answer
 * can say what it answers. Of sealed credentials only the digests.
 */
export type Asked = Readonly<Record<string, unknown>>;

/** An answer as a workflow gives it. Each update with a request id is answered so. */
export type Answered<T> = T & {
  /** What was asked for: a caller who repeats the id with something else notices. */
  asked?: Asked;
  /** Which call of the request was answered: a caller notices an answer that an earlier call was given. */
  call?: string;
};

/**
 * The first field in which two requests differ, or null. Credentials that were digested under no key in
 * common cannot be compared: `ifUnknown` says whether they count as the same.
 */
export function differingField(first: Asked, second: Asked, ifUnknown = false): string | null {
  const fields = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return fields.find((field) => !(isSame(first[field], second[field]) ?? ifUnknown)) ?? null;
}

/** Null: unknown. */
function isSame(a: unknown, b: unknown): boolean | null {
  if (!isObject(a) || !isObject(b)) return a === b;
  if (isObject(a.digests) && isObject(b.digests)) return sharesDigest(a.digests, b.digests);
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  const compared = [...keys].map((key) => isSame(a[key], b[key]));
  if (compared.includes(false)) return false;
  return compared.includes(null) ? null : true;
}

function sharesDigest(a: Record<string, unknown>, b: Record<string, unknown>): boolean | null {
  const shared = Object.keys(a).filter((keyId) => Object.hasOwn(b, keyId));
  return shared.length === 0 ? null : shared.every((keyId) => a[keyId] === b[keyId]);
}

export function pick(from: object, fields: readonly string[]): Asked {
  const given = from as Record<string, unknown>;
  const picked = fields.filter((field) => given[field] !== undefined);
  return Object.fromEntries(picked.map((field) => [field, comparable(given[field])]));
}

/** The same without what is sealed, which is other bytes in each call. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (!isObject(value)) return value;
  if ('sealed' in value) return { digests: value.digests ?? {} };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, comparable(each)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
