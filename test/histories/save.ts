import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

const folder = new URL('.', import.meta.url);
const today = new Date().toISOString().slice(0, 10);

/**
 * The histories of released versions are kept forever, each under the day of its recording. This
 * writes the histories of today.
 */
export function save(workflow: string, name: string, json: string): void {
  const path = new URL(`${workflow}/${today}-${name}.json`, folder);
  mkdirSync(new URL('.', path), { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify(JSON.parse(json), null, 1)}\n`);
}
