import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeBlock } from './markdown.ts';

export interface Example extends CodeBlock {
  page: string;
}

const root = join(import.meta.dirname, '../../..');
const folder = join(root, '.test-build/docs');

/** Type-checks every example as a module of its own, in one run of the compiler. Its complaints. */
export function typeProblems(examples: readonly Example[]): string[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const pages = new Map<string, string>();
  for (const { page, line, text } of examples) {
    const name = `${page.replace(/\W+/g, '-')}-${line}.ts`;
    pages.set(name, page);
    // Blank lines before it, so that the compiler names the line of the page.
    writeFileSync(join(folder, name), `${'\n'.repeat(line - 1)}${text}\nexport {};\n`);
  }
  copyFileSync(join(import.meta.dirname, 'globals.d.ts'), join(folder, 'globals.d.ts'));
  const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status === 0) return [];
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/^([^(]+)\((\d+),/, (_, name, at) => `${pages.get(name)}:${at} (`));
}
