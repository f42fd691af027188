import { readFileSync } from 'node:fs';

/** What backends import, and the module of each from `src/`, by the `exports` of the package. */
export function packageEntries(): Record<string, string> {
  const path = new URL('../../package.json', import.meta.url);
  const { name, exports } = JSON.parse(readFileSync(path, 'utf8')) as {
    name: string;
    exports: Record<string, string>;
  };
  const entries = Object.entries(exports).flatMap(([entry, target]) => {
    const [, module] = /^\.\/src\/(.+)$/.exec(target) ?? [];
    return module === undefined ? [] : [[`${name}${entry.slice(1)}`, module] as const];
  });
  return Object.fromEntries(entries);
}
