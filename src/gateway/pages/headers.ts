import { styleHash } from './page.ts';

/** For pages and redirects alike: a redirect's own answer can be cached and framed as well. */
export function securityHeaders(publicUrl: string | undefined): [string, string][] {
  const headers: [string, string][] = [
    ['Cache-Control', 'no-store'],
    ['Content-Security-Policy', contentSecurityPolicy("'none'")],
    ['Referrer-Policy', 'no-referrer'],
    ['X-Content-Type-Options', 'nosniff'],
  ];
  if (isSecure(publicUrl)) headers.push(['Strict-Transport-Security', 'max-age=31536000']);
  return headers;
}

/**
 * The policy of a page with a button. Chromium holds to it every redirect that follows the form, and
 * where Composio's page is, and the provider behind it, is not known beforehand: so it names schemes.
 * That opens little, as a page of ours holds nothing that others have written, and so no form of theirs.
 * A gateway that is reached by http is one for development, and so is the API that it leads to.
 */
export function buttonPolicy(publicUrl: string | undefined): string {
  return contentSecurityPolicy(isSecure(publicUrl) ? "'self' https:" : "'self' https: http:");
}

/** Nothing but our one style sheet, known by its hash, and the empty icon that spares a request for one. */
function contentSecurityPolicy(formAction: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    'img-src data:',
    "base-uri 'none'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Whether browsers reach the gateway by https. */
export function isSecure(publicUrl: string | undefined): boolean {
  return publicUrl?.startsWith('https:') ?? false;
}
