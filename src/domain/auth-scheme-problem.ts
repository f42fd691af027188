import { type AuthSchemeRules, authSchemes } from './auth-schemes.ts';

export interface AuthSchemeProblem {
  /**
   * The path within the scheme: `authScheme`, `val.token`. Empty if the scheme is not an object.
   */
  field: string;
  /** What is wrong. It never quotes a value. */
  message: string;
}

/**
 * What is wrong with a scheme from an untyped caller, or null. Credentials of another scheme are
 * reported as missing ones. Unknown fields are allowed, because toolkits have fields of their own.
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
  // The user authorizes at the provider, so the caller passes no credentials.
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
    return {
      field: `val.${missing}`,
      message: `${name} needs this field, which must be a nonempty string`,
    };
  }
  if (oneOf.length > 0 && !oneOf.some(isGiven)) {
    return { field: 'val', message: `${name} needs one of ${oneOf.join(', ')}` };
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
