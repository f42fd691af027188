import { describe, expect, it } from 'vitest';
import { findingsIn } from '../../checks/words.ts';

const problems = (path: string, source: string) =>
  findingsIn(path, source).map(({ line, problem }) => `${line} ${problem.split(':')[0]}`);

describe('the words check', () => {
  it.each([
    ['docs/a.md', 'It tells the user.', '1 "tells"'],
    ['docs/a.md', 'A line.\n\nWhoever calls it waits.', '3 "Whoever"'],
    ['src/a.ts', '// The user is told once.\n', '1 "told"'],
    ['src/a.ts', '/**\n * Sends him a link.\n */\n', '1 "him"'],
    ['src/a.ts', "log.warn('enabled by hand since');\n", '1 "by hand"'],
    ['src/a.ts', 'log.warn(`account ${id} is read anew`);\n', '1 "anew"'],
    ['test/a.test.ts', "it('reports to whom it belongs', () => {});\n", '1 "whom"'],
  ])('finds in %s: %s', (path, source, problem) => {
    expect(problems(path, source)).toEqual([problem]);
  });

  it.each([
    ['docs/a.md', 'The field `told` is gone.'],
    ['docs/a.md', '```ts\nconst told = true;\n```'],
    ['docs/a.md', 'See [the page](docs/told.md).'],
    ['src/a.ts', "const told = reply['tell'];\n"],
    ['src/a.ts', '// The theme of this, there.\n'],
  ])('leaves code and other words alone in %s: %s', (path, source) => {
    expect(problems(path, source)).toEqual([]);
  });

  it('finds a sentence above 30 words in docs, across its lines, and not elsewhere', () => {
    const long = `${'word '.repeat(16)}\n${'word '.repeat(15)}end.`;
    expect(problems('README.md', long)).toEqual(['1 a sentence of 32 words']);
    expect(problems('SECURITY.md', long)).toEqual([]);
    expect(problems('docs/a.md', long.replace('\n', '.\n'))).toEqual([]);
    expect(problems('docs/a.md', `| ${long.replaceAll('\n', ' | ')} |`)).toEqual([]);
  });
});
