/*
 * Checks what people read: `npm run check:docs`. Links and pictures lead somewhere, README keeps its
 * limits, examples compile, and commands parse. It prints the figures.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { deadLinks, type Problem } from './docs/links.ts';
import { codeBlocksOf, docstringsOf, linksOf } from './docs/markdown.ts';
import { figuresOf, readmeProblems } from './docs/readme.ts';
import { checkShell } from './docs/shell.ts';
import { typeProblems } from './docs/types.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = new Map(listed('**/*.md').map((path) => [path, read(path)]));

const blocks = [...pages]
  // The examples of the reference are those of the comments in src/.
  .filter(([page]) => !page.startsWith('docs/reference/'))
  .flatMap(([page, text]) => codeBlocksOf(text).map((block) => ({ ...block, page })));
const docstrings = listed('src/**/*.ts').flatMap((path) =>
  codeBlocksOf(docstringsOf(read(path))).map((block) => ({ ...block, page: path })),
);
const examples = [...blocks, ...docstrings].filter(({ language }) => language === 'ts');
const shells = blocks.filter(({ language }) => language === 'sh');
const data = blocks.filter(({ language }) => language === 'json');

const problems: Problem[] = [];
const add = (page: string, line: number, text: string) => problems.push({ page, line, text });

const links = deadLinks({ pages, exists: (path) => existsSync(join(root, path)) });
problems.push(...links.problems);

const shownPictures = new Set([...pages.values()].flatMap((page) => picturesOf(page)));
for (const name of readdirSync(join(root, 'docs/pictures'))) {
  if (name.endsWith('.png') && !shownPictures.has(name)) {
    add(`docs/pictures/${name}`, 1, 'is on no page');
  }
}

const readme = pages.get('README.md') ?? '';
for (const text of readmeProblems(readme)) add('README.md', 1, text);

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
let commands = 0;
for (const { page, line, text } of shells) {
  const check = await checkShell(text, new Set(Object.keys(scripts)));
  commands += check.checked;
  for (const problem of check.problems) add(page, line + problem.line, problem.text);
}

for (const { page, line, text } of data) {
  try {
    JSON.parse(text);
  } catch {
    add(page, line, 'is not JSON');
  }
}

const complaints = typeProblems(examples);

function listed(pattern: string): string[] {
  const args = ['ls-files', '-co', '--exclude-standard', '--', `:(glob)${pattern}`];
  const paths = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim().split('\n');
  return paths.filter((path) => existsSync(join(root, path)));
}

function picturesOf(page: string): string[] {
  return linksOf(page).flatMap(({ target, isPicture }) => (isPicture ? [basename(target)] : []));
}

const { words, firstCode, pictures } = figuresOf(readme);
const figures = {
  'README: words (at most 900)': words,
  'README: line of the first code (at most 12)': firstCode,
  'README: pictures': pictures,
  'pictures on all pages': shownPictures.size,
  'pages, generated ones included': pages.size,
  'relative links checked': links.checked,
  'code blocks': blocks.length,
  'TypeScript blocks type-checked': examples.length,
  'of them in comments of src/': docstrings.length,
  'JSON blocks parsed': data.length,
  'shell blocks': shells.length,
  'commands parsed': commands,
};
const write = (line: string) => process.stdout.write(`${line}\n`);
for (const [name, value] of Object.entries(figures)) write(`${name.padEnd(46)}${value}`);
for (const { page, line, text } of problems) write(`check:docs: ${page}:${line} ${text}`);
for (const complaint of complaints) write(`check:docs: ${complaint}`);
process.exitCode = problems.length + complaints.length === 0 ? 0 : 1;
