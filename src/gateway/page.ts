import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { Reason } from '../domain/connection.ts';

/** What a browser that came back can be told; also the closed list of labels of the metric. */
export type CallbackResult =
  'active' | 'failed' | 'expired' | 'canceled' | 'pending' | 'unknown' | 'unavailable' | 'invalid';

/** Written for people who never heard of Mooring, and shown only where no app waits for them. */
const texts: Record<CallbackResult, { heading: string; text: string }> = {
  active: { heading: 'You are connected', text: 'You can close this page.' },
  failed: {
    heading: 'The connection was not made',
    text: 'Go back to the app to try again.',
  },
  expired: {
    heading: 'The time to connect has run out',
    text: 'Go back to the app and start again.',
  },
  canceled: {
    heading: 'This connection was canceled',
    text: 'Go back to the app if you still want to connect.',
  },
  pending: {
    heading: 'Your connection is being checked',
    text: 'You can close this page: the app will know as soon as it is done.',
  },
  unknown: {
    heading: 'This connection was settled some time ago',
    text: 'Go back to the app to see how it stands.',
  },
  unavailable: {
    heading: 'We cannot tell you right now how it went',
    text: 'Your connection is not lost: it goes on without this page. Look again in a minute, or go back to the app.',
  },
  // One text for every fault, so that nobody learns from it which tokens there are.
  invalid: {
    heading: 'This link does not work',
    text: 'It may be too old, or a part of it may be missing. Go back to the app and start again.',
  },
};

/** Only what the person can do something about. Composio's own words are for operators. */
const reasonTexts: Partial<Record<Reason, string>> = {
  denied: 'Access was not allowed.',
  identity_mismatch: 'It was made with an account that belongs to somebody else.',
};

const style = `
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff }
main { max-width: 32rem; margin: 20vh auto 0; padding: 0 1.5rem }
h1 { font-size: 1.5rem; line-height: 1.25 }
a { color: #0b57d0 }
@media (prefers-color-scheme: dark) { :root { color: #e6e8ea; background: #14171a } a { color: #a8c7fa } }
`;

// Whole, and outside the template: the hash is over every byte between the tags.
const styleElement = raw(`<style>${style}</style>`);

/** Nothing but our one style sheet, known by its hash, and the empty icon that spares a request for one. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface PageOptions {
  reason?: Reason | null;
  /** Where the app is, checked. */
  home?: string | null;
}

/** The whole page, without script; `html` escapes every value. */
export function page(result: CallbackResult, { reason, home }: PageOptions = {}) {
  const { heading, text } = texts[result];
  const why = reason && reasonTexts[reason];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${heading}</title>
        <link rel="icon" href="data:," />
        ${styleElement}
      </head>
      <body>
        <main>
          <h1>${heading}</h1>
          <p>${why} ${text}</p>
          ${home && html`<p><a href="${home}">Back to the app</a></p>`}
        </main>
      </body>
    </html> `;
}
