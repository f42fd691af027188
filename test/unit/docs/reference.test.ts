import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { referencePages } from '../../../docs/generator/pages.ts';

const folder = new URL('../../../docs/reference/', import.meta.url);
const pages = await referencePages();

describe('the reference', () => {
  it.each(Object.entries(pages))(
    'in docs/reference/%s matches the code; otherwise run `npm run docs`',
    (name, text) => {
      expect(readFileSync(new URL(name, folder), 'utf8')).toBe(text);
    },
  );

  it('has no page that the code does not generate', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(pages).sort());
  });

  it('names every command once, and every option of a command', () => {
    const page = pages['cli.md'] ?? '';
    expect(page.match(/^### mooring disconnect$/gm)).toHaveLength(1);
    expect(page).toContain('#### mooring account disable');
    expect(page).toContain('`--undo-window <time>`');
  });
});
