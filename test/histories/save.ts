import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

const folder = new URL('.', import.meta.url);
const today = new Date().toISOString().slice(0, 10);

/** Histories of released versions are kept for ever, each under the day it was recorded; this writes those of today. */
export function save(workflow: string, name: string, json: string): void {
  const path = new URL(`${workflow}/${today}-${name}.json`, folder);
  mkdirSync(new URL('.', path), { recursive: true });
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify(JSON.parse(json), null, 1)}\n`);
}
