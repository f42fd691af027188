import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cachePath, findCli } from '../../../src/dev/temporal/cli-binary.ts';
import { finished, runScript } from '../../support/processes.ts';
import { isRunning } from '../../../src/dev/temporal/make-once.ts';

const askForCli = new URL('../../support/ask-for-cli.ts', import.meta.url);
let home: string;
let bin: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mooring-cli-'));
  bin = join(home, 'bin');
  await mkdir(bin);
  // A proxy where nothing listens: the SDK's download fails at once, and no test uses the internet.
  env = { PATH: bin, HOME: home, HTTPS_PROXY: 'http://127.0.0.1:9' };
});
afterEach(async () => rm(home, { recursive: true }));

async function executable(path: string, script = ''): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A fake `go` that counts its runs and then runs this script in its install directory. */
async function fakeGo(script: string): Promise<() => Promise<number>> {
  const runs = join(home, 'runs');
  await writeFile(runs, '');
  await executable(join(bin, 'go'), `echo run >> ${runs}\ncd "$GOBIN"\n${script}`);
  return async () => (await readFile(runs, 'utf8')).split('\n').length - 1;
}

const installs = 'echo "#!/bin/sh" > temporal; /bin/chmod 755 temporal';

function search(whyUnfit: (cli: string) => string | null = () => null) {
  const lines: string[] = [];
  const cli = findCli({
    env,
    log: (line) => lines.push(line),
    checkCli: async (path) => whyUnfit(path),
  });
  return { cli, lines };
}

async function inCache(): Promise<string[]> {
  return readdir(join(cachePath(env), '..')).catch(() => []);
}

describe('the Temporal CLI', () => {
  it('is the named one, then the one on the PATH, then the cached one, then a newly built one', async () => {
    const runs = await fakeGo(installs);
    const named = await executable(join(home, 'named'));
    const onPath = await executable(join(bin, 'temporal'));
    const cached = await executable(cachePath(env));

    env.TEMPORAL_CLI_PATH = named;
    await expect(search().cli).resolves.toBe(named);
    delete env.TEMPORAL_CLI_PATH;
    await expect(search().cli).resolves.toBe(onPath);
    await rm(onPath);
    await expect(search().cli).resolves.toBe(cached);
    await rm(cached);
    expect(await runs()).toBe(0);

    const built = search();
    await expect(built.cli).resolves.toBe(cached);
    expect(await runs()).toBe(1);
    expect(built.lines.join('\n')).toMatch(/downloading[^]*failed[^]*building[^]*is in/);
    await expect(search().cli).resolves.toBe(cached);
    expect(await runs()).toBe(1);
  });

  it('is kept where XDG_CACHE_HOME says', async () => {
    await fakeGo(installs);
    env.XDG_CACHE_HOME = join(home, 'elsewhere');
    await expect(search().cli).resolves.toBe(join(home, 'elsewhere', 'mooring', 'temporal'));
  });

  it('is not the one on the PATH when that does not work', async () => {
    await fakeGo(installs);
    const onPath = await executable(join(bin, 'temporal'));
    const { cli, lines } = search((path) => (path === onPath ? 'unknown flag' : null));
    await expect(cli).resolves.toBe(cachePath(env));
    expect(lines).toContain(`${onPath} cannot be used: unknown flag`);
  });

  it('is refused, without a fallback, when the named one does not work or does not exist', async () => {
    await executable(join(bin, 'temporal'));
    env.TEMPORAL_CLI_PATH = await executable(join(home, 'named'));
    await expect(search(() => 'too old').cli).rejects.toMatchObject({
      code: 'ERR_TEMPORAL_UNAVAILABLE',
      message: expect.stringContaining('too old') as string,
    });
    env.TEMPORAL_CLI_PATH = join(home, 'nowhere');
    await expect(search().cli).rejects.toThrow('no executable file');
  });

  it('is reported missing with every way that was tried, and nothing is left behind', async () => {
    await fakeGo('echo half > temporal; echo "go: module lookup disabled" >&2; exit 1');
    await expect(search().cli).rejects.toMatchObject({
      code: 'ERR_TEMPORAL_UNAVAILABLE',
      message: expect.stringMatching(
        /PATH: not there[^]*cache[^]*empty[^]*download[^]*go install: go: module lookup disabled[^]*TEMPORAL_ADDRESS[^]*TEMPORAL_CLI_PATH/,
      ) as string,
    });
    expect(await inCache()).toEqual([]);
  });

  it('is reported missing when there is no go', async () => {
    await expect(search().cli).rejects.toThrow(/go install: .*not found/);
  });

  it('is not kept when the built file does not work', async () => {
    await fakeGo(installs);
    await expect(search(() => 'wrong architecture').cli).rejects.toThrow('wrong architecture');
    expect(await inCache()).toEqual([]);
  });

  it('is built once when two processes ask at the same time', async () => {
    const runs = await fakeGo(`/bin/sleep 3; ${installs}`);
    const asked = [1, 2].map(() => finished(runScript(askForCli, env)));
    const answers = await Promise.all(asked);
    expect(answers.map(({ stdout }) => stdout)).toEqual([cachePath(env), cachePath(env)]);
    expect(answers.filter(({ stderr }) => stderr.includes('waiting'))).toHaveLength(1);
    expect(await runs()).toBe(1);
    expect(await inCache()).toEqual(['temporal']);
  });

  it('leaves no partial file when its build is killed, and the next process cleans up', async () => {
    await fakeGo('echo half > temporal; echo $$ > ../builder; exec /bin/sleep 60');
    const asking = runScript(askForCli, env);
    const pidFile = join(cachePath(env), '../builder');
    const builder = await vi.waitFor(async () => Number(await readFile(pidFile, 'utf8')), {
      timeout: 15_000,
    });
    asking.kill('SIGKILL');
    await vi.waitFor(() => expect(isRunning(builder)).toBe(false), { timeout: 10_000 });
    expect(await inCache()).not.toContain('temporal');

    await rm(pidFile);
    await fakeGo(installs);
    await expect(search().cli).resolves.toBe(cachePath(env));
    expect(await inCache()).toEqual(['temporal']);
  });
});
