/*
 * Measures `src/` as a reader meets it, prints the figures, and fails when a limit breaks:
 * `npm run check:tree`. The lint rules hold for each import; this holds for the tree as a whole.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** A room may import from the floors below it, and from nothing else outside itself. */
export const floors: readonly (readonly string[])[] = [
  ['domain'],
  ['protocol', 'crypto', 'outbound', 'process', 'receiver', 'composio'],
  ['temporal', 'observability', 'contract', 'accounts', 'config.ts'],
  ['activities', 'client', 'bundle.ts'],
  ['workflows', 'client.ts', 'worker.ts', 'gateway'],
  ['accounts.ts', 'index.ts', 'verify.ts'],
  ['gateway.ts'],
  ['dev'],
  ['cli'],
];

export interface SourceFile {
  /** From `src/`, with slashes. */
  path: string;
  text: string;
}

export interface Measures {
  files: number;
  loose: string[];
  cycles: string[][];
  upward: string[];
  twice: string[];
  long: string[];
  medianLines: number;
  largest: string;
  longestFunction: string;
}

interface Parsed {
  path: string;
  lines: number;
  imports: string[];
  types: string[];
  functions: { name: string; lines: number }[];
}

export function measure(sources: readonly SourceFile[]): Measures {
  const files = sources.map(parse).toSorted((a, b) => a.lines - b.lines);
  const functions = files
    .flatMap(({ path, functions: all }) => all.map((one) => ({ ...one, path })))
    .toSorted((a, b) => b.lines - a.lines);
  const largest = files.at(-1);
  const [longest] = functions;
  return {
    files: files.length,
    loose: files.map(({ path }) => path).filter((path) => !path.includes('/')),
    cycles: cyclesOf(files),
    upward: files.flatMap(upwardImports),
    twice: declaredTwice(files),
    long: files.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path} (${lines})`),
    medianLines: files[Math.floor(files.length / 2)]?.lines ?? 0,
    largest: largest ? `${largest.path} (${largest.lines})` : '',
    longestFunction: longest ? `${longest.name} in ${longest.path} (${longest.lines})` : '',
  };
}

function parse({ path, text }: SourceFile): Parsed {
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const functions: Parsed['functions'] = [];
  const types: string[] = [];
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
  const linesOf = ({ start, end }: { start: number; end: number }) =>
    lineOf(end) - lineOf(start) + 1;
  const enter = (node: { start: number; end: number; id?: { name: string } | null }) => {
    functions.push({ name: node.id?.name ?? 'a function', lines: linesOf(node) });
  };
  new Visitor({
    FunctionDeclaration: enter,
    FunctionExpression: enter,
    ArrowFunctionExpression: (node) => enter({ start: node.start, end: node.end }),
    TSInterfaceDeclaration: ({ id }) => void types.push(id.name),
    TSTypeAliasDeclaration: ({ id }) => void types.push(id.name),
  }).visit(program);
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ];
  const imports = specifiers
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => normalize(join(dirname(path), specifier)));
  return {
    path,
    lines: text.trimEnd().split('\n').length,
    imports: [...new Set(imports)],
    types,
    functions,
  };
}

/** Circles of files, type imports included: each as the files on it, from the first one that was visited. */
function cyclesOf(files: readonly Parsed[]): string[][] {
  const imports = new Map(files.map((file) => [file.path, file.imports]));
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push(trail.slice(at));
    if (at >= 0 || done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}

function upwardImports({ path, imports }: Parsed): string[] {
  const from = roomOf(path);
  return imports
    .filter((other) => !other.startsWith('..') && roomOf(other) !== from)
    .filter((other) => floorOf(roomOf(other)) >= floorOf(from))
    .map((other) => `${path} imports ${other}`);
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function floorOf(room: string): number {
  const floor = floors.findIndex((rooms) => rooms.includes(room));
  if (floor < 0) throw new Error(`${room} is on no floor: add it to floors`);
  return floor;
}

function declaredTwice(files: readonly Parsed[]): string[] {
  const places = new Map<string, string[]>();
  for (const { path, types } of files) {
    for (const name of types) places.set(name, [...(places.get(name) ?? []), path]);
  }
  const repeated = [...places].filter(([, paths]) => paths.length > 1);
  return repeated.map(([name, paths]) => `${name} in ${paths.join(' and ')}`);
}

/** What breaks a limit, in words; none: the tree holds. */
export function complaintsOf(measures: Measures): string[] {
  const { loose, cycles, upward, twice, long } = measures;
  return [
    ...(loose.length > 8 ? [`more than 8 loose files: ${loose.join(', ')}`] : []),
    ...cycles.map((cycle) => `import cycle: ${cycle.join(' -> ')}`),
    ...upward.map((text) => `upward import: ${text}`),
    ...twice.map((text) => `type name declared twice: ${text}`),
    ...long.map((text) => `above 300 lines: ${text}`),
  ];
}

if (process.argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, '../../src');
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const sources = paths
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(root, path))
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }));
  const measures = measure(sources);
  const rows = {
    'files in src/': measures.files,
    'loose files (at most 8)': measures.loose.length,
    'import cycles (0)': measures.cycles.length,
    'upward imports (0)': measures.upward.length,
    'type names declared twice (0)': measures.twice.length,
    'files above 300 lines (0)': measures.long.length,
    'median file, lines': measures.medianLines,
    'largest file': measures.largest,
    'longest function': measures.longestFunction,
  };
  const write = (line: string) => process.stdout.write(`${line}\n`);
  for (const [name, value] of Object.entries(rows)) write(`${name.padEnd(32)}${value}`);
  const complaints = complaintsOf(measures);
  for (const complaint of complaints) write(`check:tree: ${complaint}`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}
