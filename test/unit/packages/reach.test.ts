import { describe, expect, it } from 'vitest';
import { reach } from '../../../packages/reach.ts';

/** What a build of these files reaches from `index.js`. */
function reached(files: Record<string, string>, entries = ['index.js'], imports = {}) {
  const read = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`no file ${path}`);
    return text;
  };
  const { files: found, packages } = reach(entries, { read, imports });
  return { files: [...found].sort(), packages: [...packages.keys()].sort() };
}

describe('what a package contains', () => {
  it('is what its entries import, export and load later, and nothing else', () => {
    const files = {
      'index.js': "import './a/b.js'; export { d } from './d.js'; await import('./e.js');",
      'a/b.js': "import c from '../c.js';",
      'c.js': '// import "./comment.js"',
      'd.js': 'export const d = \'import("./text.js")\';',
      'e.js': "import './index.js';",
      'other.js': '',
    };
    expect(reached(files).files).toEqual(['a/b.js', 'c.js', 'd.js', 'e.js', 'index.js']);
  });

  it('needs the packages that it imports, by their names, and not what Node has', () => {
    const files = {
      'index.js':
        "import 'hono/html'; import '@a/b/lib/c'; import 'node:fs'; import 'path'; import './x.cjs';",
      'x.cjs': "const { a } = require('@temporalio/common');",
    };
    expect(reached(files).packages).toEqual(['@a/b', '@temporalio/common', 'hono']);
  });

  it('follows types: from a declaration to the declarations beside it', () => {
    const files = {
      'index.d.ts': "export type { A } from './a.ts'; export declare const b: import('./b.js').B;",
      'a.d.ts': "import type { Z } from 'zod'; export type A = Z;",
      'b.d.ts': "export type B = import('pino').Logger;",
    };
    expect(reached(files, ['index.d.ts'])).toEqual({
      files: ['a.d.ts', 'b.d.ts', 'index.d.ts'],
      packages: ['pino', 'zod'],
    });
  });

  it('takes `#…` for what the package says it is', () => {
    const files = { 'index.js': "await import('#a'); await import('#b');", 'x/a.js': '' };
    const imports = { '#a': './x/a.js', '#b': 'other/b' };
    expect(reached(files, ['index.js'], imports)).toEqual({
      files: ['index.js', 'x/a.js'],
      packages: ['other'],
    });
    expect(() => reached(files)).toThrow('index.js imports #a, which is not known');
  });

  it('cannot be known if a name is computed, so that fails', () => {
    expect(() => reached({ 'index.js': 'await import(name);' })).toThrow('without a fixed name');
  });
});
