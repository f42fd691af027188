/*
 * Follows imports through compiled files: which files a package must contain, and which other
 * packages it needs.
 */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

export interface Reached {
  /** Paths in the build, with slashes. */
  files: ReadonlySet<string>;
  /** Each package that these files import, with one of the files that import it. */
  packages: ReadonlyMap<string, string>;
}

export interface Build {
  /** The text of a file of the build. Throws if there is none. */
  read: (path: string) => string;
  /** What `#…` stands for: `./` and a file of the build, or another package. */
  imports: Readonly<Record<string, string>>;
}

/** Every package has one; it is written when the package is staged. */
const ownManifest = './package.json';

/** All that the entries import, and what that imports in turn. Type imports of `.d.ts` files count. */
export function reach(entries: readonly string[], { read, imports }: Build): Reached {
  const files = new Set<string>();
  const packages = new Map<string, string>();
  const left = [...entries];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const specifier of specifiersOf(file, read(file))) {
      const target = specifier.startsWith('#') ? imports[specifier] : specifier;
      if (target === undefined) throw new Error(`${file} imports ${specifier}, which is not known`);
      if (target === ownManifest) continue;
      if (specifier.startsWith('.')) {
        left.push(asCompiled(file, posix.join(posix.dirname(file), target)));
      } else if (target.startsWith('./')) {
        left.push(target.slice(2));
      } else if (!isBuiltin(target)) {
        packages.set(packageOf(target), file);
      }
    }
  }
  return { files, packages };
}

/** A declaration names the source or the compiled file beside it. */
function asCompiled(importer: string, target: string): string {
  return importer.endsWith('.d.ts') ? target.replace(/\.[jt]s$/, '.d.ts') : target;
}

/** `hono` of `hono/html`, `@temporalio/client` of `@temporalio/client/lib/types`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** What a file imports, requires or takes types from. Throws if a name is not written out. */
function specifiersOf(path: string, text: string): string[] {
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const found = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ];
  const add = (node: { type: string; value?: unknown }) => {
    if (typeof node.value !== 'string') throw new Error(`${path}: an import without a fixed name`);
    found.push(node.value);
  };
  new Visitor({
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    CallExpression: ({ callee, arguments: [argument] }) => {
      if (callee.type === 'Identifier' && callee.name === 'require' && argument) add(argument);
    },
  }).visit(program);
  return [...new Set(found)];
}
