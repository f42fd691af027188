import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Person } from '../../demo/person.ts';
import { codeBlocksOf } from '../checks/docs/markdown.ts';
import { openStage, type TestStage } from '../support/stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'mooring-docs-'));
let stage: TestStage;

beforeAll(async () => {
  stage = await openStage({ environment: { MOORING_RETURN_ORIGINS: 'http://localhost:3000' } });
});

afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});

/** Runs the first example of a page as a program, with the variables of the stage. */
function runExample(page: string) {
  const example = codeBlocksOf(readFileSync(page, 'utf8')).find(
    ({ language }) => language === 'ts',
  );
  const file = join(folder, `${page.replaceAll('/', '-')}.mts`);
  const program = (example?.text ?? '')
    .replace("'mooring'", JSON.stringify(resolve('src/index.ts')))
    // All pages connect the same user.
    .replace('user_123', `user_of_${basename(page)}`);
  writeFileSync(file, program);
  const loader = resolve('node_modules/tsx/dist/loader.mjs');
  const child = spawn(process.execPath, ['--import', loader, file], { env: stage.env });
  onTestFinished(() => void child.kill());
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  return () => said;
}

describe('the first example', () => {
  it.each([
    ['README.md', /connected: ca_/],
    ['docs/start/quickstart.md', /^ACTIVE ca_/m],
  ])('of %s connects a user who follows its link', async (page, connected) => {
    const said = runExample(page);
    const waiting = { timeout: 50_000, interval: 100 };
    const linkOf = /http:\S+\/link\/\S+/;
    await vi.waitFor(() => expect(said()).toMatch(linkOf), waiting);
    const [link = ''] = linkOf.exec(said()) ?? [];
    const callback = await new Person('ada').approve(link);
    await fetch(callback, { redirect: 'manual' });
    await vi.waitFor(() => expect(said()).toMatch(connected), waiting);
  });
});
