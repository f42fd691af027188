import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { ConnectReason } from '../../domain/connect/connect.ts';
import { type PageName, reasonTexts, texts } from './texts.ts';

const style = `
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; color: #1b1f24; background: #f2f5f8 }
body { margin: 0; padding: 12vh 1rem 1rem }
main { box-sizing: border-box; max-width: 32rem; margin: 0 auto; padding: 1rem 2rem; border: 1px solid #d5dce3; border-radius: .75rem; background: #fff; overflow-wrap: break-word }
h1 { font-size: 1.5rem; line-height: 1.25; text-wrap: balance }
form { margin: 1.5rem 0 1rem }
a { color: #0b57d0 }
button { font: inherit; font-weight: 600; min-height: 3rem; padding: .5rem 1.75rem; border: 0; border-radius: .5rem; color: #fff; background: #0b57d0; cursor: pointer }
button:hover { background: #0842a0 }
a:focus-visible, button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px }
@media (prefers-color-scheme: dark) {
  :root { color: #e6e8ea; background: #14171a }
  main { border-color: #3a424a; background: #1c2126 }
  a { color: #a8c7fa }
  button { color: #062e6f; background: #a8c7fa }
  button:hover { background: #d3e3fd }
  a:focus-visible, button:focus-visible { outline-color: #a8c7fa }
}
`;

// Outside the template: the hash covers every byte between the tags.
const styleElement = raw(`<style>${style}</style>`);

export const styleHash = createHash('sha256').update(style).digest('base64');

/** Whether this page has a form. */
export function hasButton(name: PageName): boolean {
  return texts[name].button !== undefined;
}

export interface PageOptions {
  reason?: ConnectReason | null;
  /** The app's URL, already checked against the allowed origins. */
  home?: string | null;
  /** The form's target. Relative, because a proxy may add a path; default: the page itself. */
  action?: string;
}

/** A complete page without scripts; `html` escapes every value. */
export function page(name: PageName, { reason, home, action = '' }: PageOptions = {}) {
  const { heading, text, button, reload } = texts[name];
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
          ${
            button && html`<form method="post" action="${action}"><button>${button}</button></form>`
          }
          ${reload && html`<p><a href="">${reload}</a></p>`}
          ${home && html`<p><a href="${home}">Back to the app</a></p>`}
        </main>
      </body>
    </html> `;
}
