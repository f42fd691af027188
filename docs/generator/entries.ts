import { readFileSync } from 'node:fs';

type Target = string | { default: string };

/** What backends import, and the module of each from `src/`, by the `exports` of the package. */
export function packageEntries(): Record<string, string> {
  const path = new URL('../../package.json', import.meta.url);
  const { name, exports } = JSON.parse(readFileSync(path, 'utf8')) as {
    name: string;
    exports: Record<string, Target>;
  };
  const entries = Object.entries(exports).flatMap(([entry, target]) => {
    const file = typeof target === 'string' ? target : target.default;
    const [, module] = /src\/([\w-]+)\.[jt]s$/.exec(file) ?? [];
    return module === undefined ? [] : [[`${name}${entry.slice(1)}`, `${module}.ts`] as const];
  });
  return Object.fromEntries(entries);
}
