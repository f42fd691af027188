/** `npm run docs`: writes the pages of docs/reference again. */
import { writeFileSync } from 'node:fs';
import { referencePages } from './pages.ts';

for (const [name, text] of Object.entries(await referencePages())) {
  writeFileSync(new URL(`../reference/${name}`, import.meta.url), text);
}
