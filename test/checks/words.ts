/*
 * Finds words that are never right in what people read, and sentences that need a second reading:
 * `npm run check:words`. CONTRIBUTING.md says how we write.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** Each with what to say instead. */
const banned: readonly (readonly [RegExp, string])[] = [
  [/\b(?:tell|tells|told|telling)\b/i, 'send, notify, return, report, record or read'],
  [/\bwhoever\b/i, 'name the actor'],
  [/\bwhom\b/i, 'name the person, or use who'],
  [/\bthereby\b/i, 'so, or a new sentence'],
  [/\banew\b/i, 'again'],
  [/\bby hand\b/i, 'name the person or the caller'],
  [/\bnobody says\b/i, 'name what is unknown'],
  [/\b(?:he|him|his|himself)\b/i, 'they, or the user'],
];

/** Text that has to hold such a word, and why. */
const exceptions: readonly { text: RegExp; reason: string }[] = [
  { text: /^We cannot tell you right now how it went/, reason: 'a page speaks to its reader' },
];

/** The longest sentence in README and docs/, in words. */
const mostWords = 30;

export interface Finding {
  path: string;
  line: number;
  problem: string;
}

interface Passage {
  line: number;
  text: string;
}

/** What a person reads of a file: of Markdown the prose, of code its comments and its text. */
export function findingsIn(path: string, source: string): Finding[] {
  const passages = path.endsWith('.md') ? proseOf(source) : wordsOfCode(path, source);
  // The API reference holds the comments of the source, which are not limited.
  const isComments = path === 'docs/reference/api.md';
  const isDocs = path === 'README.md' || (path.startsWith('docs/') && !isComments);
  return passages.flatMap(({ line, text }) => {
    const problems = bannedWords(text);
    if (isDocs && path.endsWith('.md')) problems.push(...longSentences(text));
    return problems.map((problem) => ({ path, line, problem }));
  });
}

function bannedWords(text: string): string[] {
  if (exceptions.some((exception) => exception.text.test(text))) return [];
  return banned.flatMap(([word, instead]) => {
    const match = word.exec(text);
    return match === null ? [] : [`"${match[0]}": ${instead}`];
  });
}

function longSentences(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\s\|\s/)
    .map((sentence) => sentence.trim().split(/\s+/))
    .filter(({ length }) => length > mostWords)
    .map((words) => `a sentence of ${words.length} words: ${words.slice(0, 6).join(' ')} …`);
}

/** Paragraphs, list items and table cells; code blocks and inline code are no prose. */
function proseOf(source: string): Passage[] {
  const passages: Passage[] = [];
  let isCode = false;
  let current: Passage | null = null;
  for (const [index, raw] of source.split('\n').entries()) {
    if (/^\s*(?:```|~~~)/.test(raw)) {
      isCode = !isCode;
      current = null;
      continue;
    }
    if (isCode) continue;
    const text = raw
      .replace(/`[^`]*`/g, 'code')
      .replace(/\]\([^)]*\)/g, ']')
      .trim();
    const isOwn = /^(?:[-*] |\d+\. |\||#|<)/.test(text);
    if (text === '') current = null;
    else if (current === null || isOwn) passages.push((current = { line: index + 1, text }));
    else current.text += ` ${text}`;
  }
  return passages;
}

function wordsOfCode(path: string, source: string): Passage[] {
  const { program, comments } = parseSync(path, source);
  const lineOf = (offset: number) => source.slice(0, offset).split('\n').length;
  const passages = comments.map(({ start, value }) => ({
    line: lineOf(start),
    text: value.replace(/`[^`]*`/g, 'code').replace(/\n\s*\*?/g, ' '),
  }));
  // One word is a key or a name; people read words in a row.
  const add = (start: number, text: string) => {
    if (/\w \w/.test(text)) passages.push({ line: lineOf(start), text });
  };
  new Visitor({
    Literal: ({ start, value }) => {
      if (typeof value === 'string') add(start, value);
    },
    TemplateLiteral: ({ start, quasis }) => add(start, quasis.map((q) => q.value.raw).join(' … ')),
  }).visit(program);
  return passages;
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, '../..');
  const kinds = ['*.md', 'src/**/*.ts', 'demo/**/*.ts', 'sandbox/**/*.ts', 'soak/**/*.ts'];
  const more = ['bench/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts', 'contract/**/*.ts'];
  const skipped = [':!test/unit/checks/words.test.ts', ':!test/checks/words.ts'];
  const args = ['ls-files', '-co', '--exclude-standard', '--', ...kinds, ...more, ...skipped];
  const paths = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim().split('\n');
  // Git also lists a file that was deleted here.
  const findings = paths
    .filter((path) => existsSync(join(root, path)))
    .flatMap((path) => findingsIn(path, readFileSync(join(root, path), 'utf8')));
  for (const { path, line, problem } of findings) {
    process.stdout.write(`${path}:${line} ${problem}\n`);
  }
  process.stdout.write(`${paths.length} files, ${findings.length} findings\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
