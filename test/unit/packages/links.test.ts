import { expect, it } from 'vitest';
import { absoluteLinks } from '../../../packages/links.ts';

const site = 'https://code.example/mooring';
const linked = (markdown: string, from = 'README.md') => absoluteLinks(markdown, { from, site });

it.each([
  ['[a](docs/a.md#b)', `[a](${site}/blob/main/docs/a.md#b)`],
  ['![a](docs/a.png)', `![a](${site}/raw/main/docs/a.png)`],
  ['[![a](a.svg)](SECURITY.md)', `[![a](${site}/raw/main/a.svg)](${site}/blob/main/SECURITY.md)`],
  ['<img src="a.png">', `<img src="${site}/raw/main/a.png">`],
  ['[a](https://a.example) [b](#b)', '[a](https://a.example) [b](#b)'],
  ['```ts\nhandlers[name](event)\n```\n', '```ts\nhandlers[name](event)\n```\n'],
])('%s becomes a link that works outside the repository', (markdown, expected) => {
  expect(linked(markdown)).toBe(expected);
});

it('follows a link from where its page is', () => {
  expect(linked('[a](../SECURITY.md)', 'packages/a.md')).toBe(`[a](${site}/blob/main/SECURITY.md)`);
});
