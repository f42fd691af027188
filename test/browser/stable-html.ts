/** What differs from run to run: ids, times, tokens and ports. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/visitor-[0-9a-f]{8}/g, 'visitor-0'],
  [/\bca_[\w-]+/g, 'ca_0'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'run-0'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-01-01T00:00:00Z'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?/g, '2026-01-01 00:00:00'],
  [/\d\d:\d\d:\d\d UTC/g, '00:00:00 UTC'],
  [/\/(interaction|link|callback)\/[\w.~-]+/g, '/$1/0'],
  [/(127\.0\.0\.1|localhost):\d+/g, '$1:0'],
];

/** The HTML of a page as it is in every run. */
export function stableHtml(html: string): string {
  return volatile.reduce((text, [pattern, to]) => text.replace(pattern, to), html);
}

/** Output of a terminal, as a page to take a picture of. */
export function terminalPage(output: string): string {
  const text = output.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>terminal</title><style>
:root { color-scheme: light dark; --ink: #1d2733; --paper: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf2; --paper: #10161c; } }
body { margin: 0; padding: 1.25rem 1.5rem; background: var(--paper); color: var(--ink); }
pre { margin: 0; font: 14px/1.5 ui-monospace, 'DejaVu Sans Mono', monospace; }
</style></head><body><pre>${text}</pre></body></html>`;
}
