import { describe, expect, it } from 'vitest';
import { complaintsOf, measure, type SourceFile } from '../../checks/tree.ts';

const file = (path: string, text = ''): SourceFile => ({ path, text });

function complaints(...files: SourceFile[]): string[] {
  return complaintsOf(measure(files));
}

describe('the tree check', () => {
  it('accepts a file that imports from a lower floor', () => {
    const sources = [
      file('domain/a.ts', 'export interface A {}\n'),
      file('client/b.ts', "import type { A } from '../domain/a.ts';\nexport type B = A;\n"),
    ];
    expect(complaints(...sources)).toEqual([]);
  });

  it.each([
    ['import type', "import type { B } from '../client/b.ts';\n"],
    ['import', "import { b } from '../client/b.ts';\n"],
    ['export from', "export { b } from '../client/b.ts';\n"],
  ])('reports an upward %s', (_, text) => {
    const sources = [file('domain/a.ts', text), file('client/b.ts')];
    expect(complaints(...sources)).toEqual(['upward import: domain/a.ts imports client/b.ts']);
  });

  it('reports an import between two rooms of one floor', () => {
    const sources = [file('crypto/a.ts', "import '../outbound/b.ts';\n"), file('outbound/b.ts')];
    expect(complaints(...sources)).toEqual(['upward import: crypto/a.ts imports outbound/b.ts']);
  });

  it('reports a cycle of type imports', () => {
    const sources = [
      file('domain/a.ts', "import type { B } from './b.ts';\n"),
      file('domain/b.ts', "import type { A } from './a.ts';\n"),
    ];
    expect(complaints(...sources)).toEqual(['import cycle: domain/a.ts -> domain/b.ts']);
  });

  it('reports a type name that two files declare', () => {
    const sources = [
      file('domain/a.ts', 'export interface Reading {}\n'),
      file('client/b.ts', 'type Reading = string;\n'),
    ];
    const [complaint, ...others] = complaints(...sources);
    expect(complaint).toMatch(/^type name declared twice: Reading in /);
    expect(others).toEqual([]);
  });

  it('reports a file above 300 lines, and its longest function', () => {
    const body = '  call();\n'.repeat(299);
    const long = file('domain/long.ts', `export function long() {\n${body}}\n`);
    expect(complaints(long)).toEqual(['above 300 lines: domain/long.ts (301)']);
    expect(measure([long]).longestFunction).toBe('long in domain/long.ts (301)');
  });

  it('reports the ninth loose file', () => {
    const names = ['client', 'worker', 'bundle', 'config', 'index', 'accounts', 'gateway'];
    const loose = [...names, 'one', 'two'].map((name) => file(`${name}.ts`));
    expect(complaints(...loose)[0]).toMatch(/^more than 8 loose files: /);
  });

  it('refuses a folder that is on no floor', () => {
    const sources = [file('domain/a.ts', "import '../attic/b.ts';\n"), file('attic/b.ts')];
    expect(() => complaints(...sources)).toThrow('attic is on no floor');
  });
});
