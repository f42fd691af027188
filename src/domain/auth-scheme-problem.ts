import { type AuthSchemeRules, authSchemes } from './auth-schemes.ts';

export interface AuthSchemeProblem {
  /** Within the scheme: `authScheme`, `val.token`; empty when it is no object at all. */
  field: string;
  /** What is wrong, in words that never quote a value. */
  message: string;
}

/**
 * What is wrong with a scheme that came from an untyped caller, or null. Credentials of another scheme
 * show by those that are missing; unknown fields are fine, as toolkits have fields of their own.
 */
export function authSchemeProblem(value: unknown): AuthSchemeProblem | null {
  if (!isObject(value)) return { field: '', message: 'is not an object' };
  const { authScheme, val } = value;
  if (authScheme === undefined) return { field: 'authScheme', message: 'is missing' };
  if (typeof authScheme !== 'string' || !Object.hasOwn(authSchemes, authScheme)) {
    const message = `is none of ${Object.keys(authSchemes).join(', ')}`;
    return { field: 'authScheme', message };
  }
  if (!isObject(val)) return { field: 'val', message: 'is not an object' };
  const { status } = val;
  if (status !== 'ACTIVE' && status !== 'INITIALIZING') {
    return { field: 'val.status', message: 'is neither ACTIVE nor INITIALIZING' };
  }
  const rules = authSchemes[authScheme as keyof typeof authSchemes];
  // Sent to the provider, the user brings the credentials from there.
  if (rules.redirects && status === 'INITIALIZING') return null;
  return credentialsProblem(authScheme, rules, val);
}

function credentialsProblem(
  name: string,
  { credentials, oneOf = [] }: AuthSchemeRules,
  val: Record<string, unknown>,
): AuthSchemeProblem | null {
  const isGiven = (field: string) => typeof val[field] === 'string' && val[field] !== '';
  const missing = credentials.find((field) => !isGiven(field));
  if (missing !== undefined) {
    return { field: `val.${missing}`, message: `${name} needs it, as a text that is not empty` };
  }
  if (oneOf.length > 0 && !oneOf.some(isGiven)) {
    return { field: 'val', message: `${name} needs one of ${oneOf.join(', ')}` };
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
