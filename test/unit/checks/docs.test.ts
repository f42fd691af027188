import { describe, expect, it, test } from 'vitest';
import { deadLinks } from '../../checks/docs/links.ts';
import { anchorsOf, codeBlocksOf, linksOf } from '../../checks/docs/markdown.ts';
import { figuresOf, readmeProblems } from '../../checks/docs/readme.ts';
import { checkShell } from '../../checks/docs/shell.ts';

const fence = '```';

describe('a page', () => {
  it('gives its code blocks, with their language and line', () => {
    const page = `# A\n\n- item:\n\n  ${fence}ts\n  const a = 1;\n  ${fence}\n\n${fence}sh\nls\n${fence}\n`;
    expect(codeBlocksOf(page)).toEqual([
      { line: 6, language: 'ts', text: 'const a = 1;' },
      { line: 10, language: 'sh', text: 'ls' },
    ]);
  });

  it('gives its links and pictures, and none from code', () => {
    const page = `[a](b.md) \`[no](c.md)\` ![p](d.png)\n${fence}md\n[no](e.md)\n${fence}\n<img src="f.png">`;
    expect(linksOf(page)).toEqual([
      { line: 1, target: 'b.md', isPicture: false },
      { line: 1, target: 'd.png', isPicture: true },
      { line: 5, target: 'f.png', isPicture: true },
    ]);
  });

  it('has the anchors that GitHub makes', () => {
    const page =
      '# Can I use it now?\n\n## From `link()`\n\n## Twice\n\n## Twice\n\n<a id="own"></a>';
    const anchors = ['can-i-use-it-now', 'from-link', 'twice', 'twice-1', 'own'];
    expect([...anchorsOf(page)]).toEqual(anchors);
  });
});

test('a dead link, a missing heading and a missing picture are found with their line', () => {
  const pages = new Map([
    ['README.md', '# R\n\n[ok](docs/a.md#a)\n[no](docs/b.md)\n![no](p.png)\n[web](https://a.b/c)'],
    ['docs/a.md', '# A\n\n[up](../README.md#r)\n[no](#b)'],
  ]);
  const { checked, problems } = deadLinks({ pages, exists: (path) => pages.has(path) });
  expect(checked).toBe(5);
  expect(problems).toEqual([
    { page: 'README.md', line: 4, text: 'link docs/b.md does not exist' },
    { page: 'README.md', line: 5, text: 'picture p.png does not exist' },
    { page: 'docs/a.md', line: 4, text: 'link #b has no such heading' },
  ]);
});

test('README may have 900 words, and needs early code, a picture and the command of the tests', () => {
  const readme = `# R\n\n${fence}sh\nnpm test\n${fence}\n\n![p](p.png)`;
  expect(figuresOf(readme)).toEqual({ words: 7, firstCode: 4, pictures: 1 });
  expect(readmeProblems(readme)).toEqual([]);
  expect(
    readmeProblems(`${'word '.repeat(901)}${'\n'.repeat(12)}${fence}sh\nls\n${fence}`),
  ).toEqual([
    'has 904 words, more than 900',
    'has its first code at line 14, later than 12',
    'has no picture',
    'does not name npm test',
  ]);
});

test.each([
  ['mooring list --open # all of them', 1, []],
  ['*/15 * * * * mooring sweep --wait >> a.jsonl || alert', 1, []],
  ['npx mooring show "ada/ac" && npm run docs', 2, []],
  ['mooring list --opened', 1, [/unknown option '--opened'/]],
  ['mooring lst', 1, [/unknown command 'lst'/]],
  ['npm run nothing', 1, [/no script nothing/]],
  ['curl http://a | grep mooring', 0, []],
])('%s › is checked as a command', async (line, checked, problems) => {
  const check = await checkShell(line, new Set(['docs', 'test']));
  expect(check.checked).toBe(checked);
  expect(check.problems.map(({ text }) => text)).toEqual(
    problems.map((problem) => expect.stringMatching(problem) as string),
  );
});
