import { createHash } from 'node:crypto';

const style = `
:root { color-scheme: light dark; --ink: #1d2733; --dim: #5b6875; --line: #d5dce3; --deep: #0b5c6b; --card: #fff; --sea: #eef3f5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf2; --dim: #9db0bd; --line: #33424e; --deep: #57c3d3; --card: #18222b; --sea: #0f171d; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--sea); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: min(26rem, 100%); padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
h1 { margin: 0 0 .5rem; font-size: 1.4rem; line-height: 1.25; }
p, ul { margin: 0 0 1rem; } ul { padding-left: 1.2rem; } .dim { color: var(--dim); font-size: .9rem; }
form { display: inline-block; margin: 0 .5rem 0 0; } form.wide { display: block; margin: 0 0 .8rem; }
label { display: block; margin-bottom: .3rem; font-weight: 600; }
input { width: 100%; margin-bottom: 1rem; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 8px; }
button { padding: .6rem 1.2rem; font: inherit; font-weight: 600; color: var(--deep); background: transparent; border: 1px solid var(--deep); border-radius: 8px; cursor: pointer; }
button.primary { color: var(--card); background: var(--deep); }
:focus-visible { outline: 3px solid var(--deep); outline-offset: 2px; }
`;

const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * No `form-action`: Chromium checks it along the whole redirect chain after a form was sent, and
 * this chain ends at an unknown callback URL.
 */
export const pageHeaders = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A whole page. `body` is HTML: values from outside must be escaped in it. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** A page with a message only. */
export function notice(title: string, text: string): string {
  return page(title, `<p>${escapeHtml(text)}</p>`);
}
