import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { confirmed, isAsked } from '../../../src/cli/confirm.ts';
import { Exit } from '../../../src/cli/exit.ts';

afterEach(() => vi.restoreAllMocks());

/** A person before a terminal, who types this. */
function terminal({ isTTY = true } = {}) {
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY });
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as never);
  vi.spyOn(process, 'stderr', 'get').mockReturnValue(stderr as never);
  return { type: (text: string) => stdin.end(text), shown: () => String(stderr.read() ?? '') };
}

async function exitOf(call: Promise<void>): Promise<unknown> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  return error instanceof Exit ? error.code : error;
}

describe('on a terminal', () => {
  it('whoever types the user’s id goes on', async () => {
    const { type, shown } = terminal();
    type('ada \n');
    await confirmed('ada', {});
    expect(shown()).toContain('Type the user id (ada) to go on: ');
  });

  it.each([
    ['the id of another', 'bob\n'],
    ['yes', 'y\n'],
    ['nothing', '\n'],
    ['Ctrl-C', 'ada\u0003'],
    ['the end of the input', ''],
  ])('whoever types %s does not: nothing is done, and the exit code is 1', async (_, text) => {
    const { type, shown } = terminal();
    type(text);
    expect(await exitOf(confirmed('ada', {}))).toBe(1);
    expect(shown()).toContain('nothing was done\n');
  });

  it('nobody is asked who says --yes, and that alone is not enough', async () => {
    const { shown } = terminal();
    expect(isAsked({ yes: true })).toBe(false);
    await confirmed('ada', { yes: true, confirm: 'ada' });
    await expect(confirmed('ada', { yes: true })).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field: 'confirm' },
    });
    expect(shown()).toBe('');
  });
});

describe('elsewhere', () => {
  it('nobody is asked, and nothing goes on by itself', async () => {
    const { type, shown } = terminal({ isTTY: false });
    type('ada\n');
    for (const options of [{}, { confirm: 'ada' }, { yes: true as const, confirm: 'bob' }]) {
      expect(isAsked(options)).toBe(false);
      await expect(confirmed('ada', options)).rejects.toThrow('--confirm: ');
    }
    expect(shown()).toBe('');
  });
});
