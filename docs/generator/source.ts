import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Comment, type Program, parseSync } from 'oxc-parser';

export interface SourceFile {
  /** From `src/`. */
  path: string;
  text: string;
  program: Program;
  comments: Comment[];
}

type Statement = Program['body'][number];

export interface Exported {
  /** As the entry exports it. */
  name: string;
  /** Where the statement with `export` begins, behind its comment. */
  start: number;
  node: Statement;
  file: SourceFile;
}

const root = join(import.meta.dirname, '../../src');
const files = new Map<string, SourceFile>();

function readSource(path: string): SourceFile {
  const known = files.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(join(root, path), 'utf8');
  const { program, comments } = parseSync(path, text);
  const file = { path, text, program, comments };
  files.set(path, file);
  return file;
}

/** Everything that a module exports, followed to where it is declared. */
export function exportsOf(path: string): Exported[] {
  const file = readSource(path);
  return file.program.body.flatMap((statement): Exported[] => {
    if (statement.type !== 'ExportNamedDeclaration') return [];
    const { declaration, source, specifiers, start } = statement;
    if (declaration !== null && declaration !== undefined) {
      const name = nameOf(declaration);
      return name === null ? [] : [{ name, start, node: declaration, file }];
    }
    if (source === null) return [];
    const from = exportsOf(join(dirname(path), source.value));
    return specifiers.flatMap(({ local, exported }) => {
      const found = from.find(({ name }) => name === text(local));
      if (found === undefined)
        throw new Error(`${path} exports ${text(local)}, which is not found`);
      return [{ ...found, name: text(exported) }];
    });
  });
}

function text(name: { type: string; name?: string; value?: unknown }): string {
  return name.name ?? String(name.value);
}

function nameOf(declaration: Statement): string | null {
  if (declaration.type === 'VariableDeclaration') {
    const [first] = declaration.declarations;
    return first?.id.type === 'Identifier' ? first.id.name : null;
  }
  return 'id' in declaration && declaration.id?.type === 'Identifier' ? declaration.id.name : null;
}

/** The comment right before a position, as Markdown. */
export function docOf(file: SourceFile, start: number): string {
  const comment = file.comments.findLast(({ end }) => end <= start);
  const isDoc = comment?.type === 'Block' && comment.value.startsWith('*');
  if (!isDoc || file.text.slice(comment.end, start).trim() !== '') return '';
  return comment.value
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();
}

/** The name and the comment of each field of an interface. */
export function fieldsOf(path: string, name: string): [string, string][] {
  const found = exportsOf(path).find((one) => one.name === name);
  if (found?.node.type !== 'TSInterfaceDeclaration') throw new Error(`${path} has no ${name}`);
  return found.node.body.body.flatMap((member): [string, string][] => {
    if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier') return [];
    return [[member.key.name, docOf(found.file, member.start)]];
  });
}
