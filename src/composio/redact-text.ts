const cutAt = 200;
/**
 * The most characters that are read: the patterns below may take quadratic time, and an HTML page
 * may be huge.
 */
const readAtMost = 2_000;

/**
 * Upstream text in a form that may be stored and shown: one line, at most 200 characters, and
 * nothing that looks like a secret. URLs keep their origin. Words, slugs and Composio's ids stay,
 * because people need them.
 */
export function mask(text: string): string {
  const isWhole = text.length <= readAtMost;
  // The cut may split a secret, which is then not recognized. So the last word is removed too.
  const start = isWhole ? text : text.slice(0, readAtMost).replace(/\S{1,400}$/, '');
  return start
    .replace(/[\s\p{C}]+/gu, ' ')
    .replace(/\b[a-z][a-z\d+.-]*:\/\/[^\s"'<>]+/gi, originOf)
    .replace(/\b(bearer|basic) [^\s"',;]+/gi, '$1 ***')
    .replace(
      /(token|secret|passw(?:or)?d|key|cookie|credentials?|signature|authorization|assertion)([\\"' ]*[:=][\\"' ]*)[^\s\\"'&,;]+/gi,
      '$1$2***',
    )
    .replace(/\b(code|state|session|sig|nonce)=[^\s\\"'&,;]+/gi, '$1=***')
    .replace(/[^\s@"'<>()]+@[^\s@"'<>()]+/g, '***')
    .replace(/\b(?:ak|uak|oak|lk|ln|sk|ghp|gho|ghu|xox[a-z])[_-][\w-]+/gi, '***')
    .replace(/[\w+/=~.:%!$&*#?@^|-]{20,}/g, (run) => (isPlain(run) ? run : '***'))
    .slice(0, cutAt)
    .toWellFormed()
    .trim();
}

function originOf(url: string): string {
  const origin = URL.canParse(url) ? new URL(url).origin : 'null';
  return origin === 'null' ? '***' : origin;
}

/**
 * Names, scopes, paths and times are long but not secret. A secret may contain their separators. So
 * one part that is none of these hides the whole run.
 */
function isPlain(run: string): boolean {
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z?[.:]?$/.test(run)) return true;
  return run.split(/[/.:]/).every((part) => isId(part) || isWords(part) || isNumber(part));
}

/** Ids of accounts and auth configs: they identify a row and give no access. */
function isId(run: string): boolean {
  return /^(?:ca|con|ac)_[a-z\d]{1,24}$/i.test(run);
}

/**
 * `IDENTITY_VERIFICATION_FAILED` and `ConnectedAccount_BadRequest` are long but not secret. Random
 * text rarely splits this way.
 */
function isWords(run: string): boolean {
  const parts = run.split(/[_-]|(?<=[a-z])(?=[A-Z])/);
  return parts.every((part) => part.length < 20 && /^(?:[A-Z]*|[A-Z]?[a-z]{2,})$/.test(part));
}

/** As in `v3.1` and `10.0.0.1:8088`. */
function isNumber(part: string): boolean {
  return /^v?\d{1,4}$/.test(part);
}
