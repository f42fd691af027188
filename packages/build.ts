/* `npm run build` compiles into `dist`. `npm run packages` also writes `build/<package>`. */
import { join } from 'node:path';
import { compile } from './compile.ts';
import { descriptions } from './descriptions.ts';
import { stage } from './stage.ts';

const checkout = join(import.meta.dirname, '..');
const dist = join(checkout, 'dist');
await compile(dist);
if (process.argv.includes('--packages')) {
  for (const description of descriptions) {
    stage(description, dist, join(checkout, 'build', description.name));
    process.stdout.write(`build/${description.name}\n`);
  }
}
