import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { MooringError } from '../domain/errors.ts';

/**
 * Reads a JSON file; `-` is standard input. ERR_INVALID_INPUT names the file. It never quotes the
 * content, which may hold credentials.
 */
export async function readJson(file: string): Promise<unknown> {
  let json: string;
  try {
    json = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new MooringError('ERR_INVALID_INPUT', `${file}: cannot be read (${code ?? 'unknown'})`);
  }
  try {
    return JSON.parse(json);
  } catch {
    throw new MooringError('ERR_INVALID_INPUT', `${file}: is not JSON`);
  }
}
