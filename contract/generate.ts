/** `npm run contract`: writes the files beside this one anew. */
import { writeFileSync } from 'node:fs';
import { contractFiles } from '../src/contract/files.ts';

for (const [name, content] of Object.entries(contractFiles())) {
  writeFileSync(new URL(name, import.meta.url), JSON.stringify(content, null, 2));
}
