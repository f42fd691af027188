import { build, type Format } from 'esbuild';
import { join } from 'node:path';

/**
 * A backend in one file, as a serverless platform deploys it. In CJS there is no `import.meta.url`,
 * and in ESM no `require`: esbuild's documentation gives this line for packages that need one.
 */
export async function bundle(entry: string, format: Format, folder: string): Promise<string> {
  const outfile = join(folder, `bundle-${format}.${format === 'cjs' ? 'cjs' : 'mjs'}`);
  const require = "import { createRequire } from 'node:module';\n";
  const { warnings } = await build({
    entryPoints: [entry],
    outfile,
    format,
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
    ...(format === 'esm' && {
      banner: { js: `${require}const require = createRequire(import.meta.url);` },
    }),
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'));
  return outfile;
}
