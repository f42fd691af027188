import { mkdirSync, readFileSync, rmSync, writeFileSync, cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import root from '../package.json' with { type: 'json' };
import type { PackageDescription } from './descriptions.ts';
import { absoluteLinks } from './links.ts';
import { type Build, reach } from './reach.ts';

const checkout = join(import.meta.dirname, '..');
const js = (module: string) => `${module}.js`;
const types = (module: string) => `${module}.d.ts`;

/** The files of the build that a package contains, and the packages that these import. */
export function contentsOf(
  { entries, bin = {}, assets = [], imports = {} }: PackageDescription,
  read: Build['read'],
): { files: string[]; packages: ReadonlyMap<string, string> } {
  const build = {
    read,
    // In a package, the build is the folder `dist`.
    imports: mapValues(imports, (to) => to.replace(/^\.\/dist\//, './')),
  };
  const programs = assets.filter((path) => path.endsWith('.cjs'));
  const modules = [...Object.values(entries), ...Object.values(bin)].map(js);
  const run = reach([...modules, ...programs], build);
  const typed = reach(Object.values(entries).map(types), build);
  return {
    files: [...new Set([...run.files, ...typed.files, ...assets])].sort(),
    packages: new Map([...run.packages, ...typed.packages, ...typesOf(typed.packages)]),
  };
}

/** What npm reads. The dependencies are what the files import, in the versions of this checkout. */
function manifestOf(
  description: PackageDescription,
  packages: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const { name, description: text, keywords, entries, bin, imports } = description;
  const { peers = {}, optional = {} } = description;
  const needed = [...packages.keys()].filter((one) => !(one in optional) && !(one in peers));
  const peerDependencies = { ...peers, ...optional };
  return {
    name,
    version: root.version,
    description: text,
    keywords,
    license: root.license,
    homepage: `${root.homepage}#readme`,
    repository: root.repository,
    type: 'module',
    engines: root.engines,
    sideEffects: bin === undefined ? false : Object.values(bin).map(inDist(js)),
    exports: {
      ...mapValues(entries, (module) => ({
        types: inDist(types)(module),
        default: inDist(js)(module),
      })),
      './package.json': './package.json',
    },
    ...(imports && { imports }),
    ...(bin && { bin: mapValues(bin, inDist(js)) }),
    files: ['dist'],
    dependencies: Object.fromEntries(
      needed.sort().map((one) => [one, versionOf(one, packages.get(one) ?? '')]),
    ),
    ...(Object.keys(peerDependencies).length > 0 && { peerDependencies }),
    ...(Object.keys(optional).length > 0 && {
      peerDependenciesMeta: mapValues(optional, () => ({ optional: true })),
    }),
  };
}

/** Some packages have their types in a package of its own, which a caller needs too. */
function typesOf(packages: ReadonlyMap<string, string>): [name: string, importer: string][] {
  return [...packages]
    .map(([name, importer]): [string, string] => [`@types/${name}`, importer])
    .filter(([name]) => name in root.devDependencies);
}

function versionOf(name: string, importer: string): string {
  const versions: Record<string, string> = name.startsWith('@types/')
    ? root.devDependencies
    : root.dependencies;
  const version = versions[name];
  if (version === undefined) {
    throw new Error(
      `${importer} imports ${name}, which is not in the dependencies of package.json`,
    );
  }
  return version;
}

/** Writes the package into an empty folder, from the build in another. */
export function stage(description: PackageDescription, build: string, folder: string): void {
  const { files, packages } = contentsOf(description, (path) =>
    readFileSync(join(build, path), 'utf8'),
  );
  rmSync(folder, { recursive: true, force: true });
  for (const file of files) {
    mkdirSync(dirname(join(folder, 'dist', file)), { recursive: true });
    cpSync(join(build, file), join(folder, 'dist', file));
  }
  const manifest = manifestOf(description, packages);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const readme = readFileSync(join(checkout, description.readme), 'utf8');
  const links = { from: description.readme, site: root.homepage };
  writeFileSync(join(folder, 'README.md'), absoluteLinks(readme, links));
  cpSync(join(checkout, 'LICENSE'), join(folder, 'LICENSE'));
}

function inDist(name: (module: string) => string): (module: string) => string {
  return (module) => `./dist/${name(module)}`;
}

function mapValues<T, U>(object: Readonly<Record<string, T>>, map: (value: T) => U) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
