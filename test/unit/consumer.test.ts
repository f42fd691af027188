import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('the types work for a strict consumer, and refuse every old name', () => {
  const compiler = 'node_modules/typescript/bin/tsc';
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', 'test/consumer'], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
}, 180_000);
