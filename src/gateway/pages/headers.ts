import { styleHash } from './page.ts';

/** For pages and redirects: a redirect can be cached and framed too. */
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
 * The policy of a page with a button. Chromium applies `form-action` to every redirect after the
 * form. The hosts of Composio's page and of the provider are not known in advance, so the policy
 * allows schemes. The risk is low: these pages contain no text of others, so nobody can add a form.
 * A gateway on http is for development, and so is its API.
 */
export function buttonPolicy(publicUrl: string | undefined): string {
  return contentSecurityPolicy(isSecure(publicUrl) ? "'self' https:" : "'self' https: http:");
}

/**
 * Allows only the style sheet of the page, by its hash, and the empty icon that saves a request.
 */
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
