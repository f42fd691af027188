import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { requireConfirmation, canPrompt } from '../../../src/cli/confirm.ts';
import { Exit } from '../../../src/cli/exit.ts';

afterEach(() => vi.restoreAllMocks());

/** A person at a terminal who types this text. */
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
  it('continues if the person types the user’s id', async () => {
    const { type, shown } = terminal();
    type('ada \n');
    await requireConfirmation('ada', {});
    expect(shown()).toContain('Type the user id (ada) to continue: ');
  });

  it.each([
    ['the id of another user', 'bob\n'],
    ['yes', 'y\n'],
    ['nothing', '\n'],
    ['Ctrl-C', 'ada\u0003'],
    ['the end of the input', ''],
  ])('does nothing and exits with 1 if the person types %s', async (_, text) => {
    const { type, shown } = terminal();
    type(text);
    expect(await exitOf(requireConfirmation('ada', {}))).toBe(1);
    expect(shown()).toContain('nothing was done\n');
  });

  it('skips the question with --yes, which is not enough without --confirm', async () => {
    const { shown } = terminal();
    expect(canPrompt({ yes: true })).toBe(false);
    await requireConfirmation('ada', { yes: true, confirm: 'ada' });
    await expect(requireConfirmation('ada', { yes: true })).rejects.toMatchObject({
      code: 'ERR_INVALID_INPUT',
      details: { field: 'confirm' },
    });
    expect(shown()).toBe('');
  });
});

describe('without a terminal', () => {
  it('asks no question, and never continues without confirmation', async () => {
    const { type, shown } = terminal({ isTTY: false });
    type('ada\n');
    for (const options of [{}, { confirm: 'ada' }, { yes: true as const, confirm: 'bob' }]) {
      expect(canPrompt(options)).toBe(false);
      await expect(requireConfirmation('ada', options)).rejects.toThrow('--confirm: ');
    }
    expect(shown()).toBe('');
  });
});
