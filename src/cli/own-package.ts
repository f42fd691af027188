import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Of the package that this command line is in: `mooring-server` or `mooring-sandbox`. */
const manifest = require('#package.json') as { version: string; bin: Record<string, string> };

export const { version } = manifest;

/** How to call this command line: `mooring` or `mooring-sandbox`. */
export const [commandName = 'mooring'] = Object.keys(manifest.bin);

/** The schedules that `schedule apply` uses if it finds no other file. */
export const ownSchedulesFile: string = require.resolve('#schedules.json');
