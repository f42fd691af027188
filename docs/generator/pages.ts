import { format, resolveConfig } from 'prettier';
import { apiAnswersPage } from './api-answers.ts';
import { apiPage } from './api.ts';
import { cliPage } from './cli.ts';
import { configurationPage } from './configuration.ts';
import { errorsPage } from './errors.ts';
import { eventsPage } from './events.ts';
import { outcomesPage } from './outcomes.ts';

const pages = {
  'api.md': apiPage,
  'api-answers.md': apiAnswersPage,
  'cli.md': cliPage,
  'configuration.md': configurationPage,
  'errors.md': errorsPage,
  'events.md': eventsPage,
  'outcomes.md': outcomesPage,
};

/** Every page of docs/reference, as it has to be committed. */
export async function referencePages(): Promise<Record<string, string>> {
  const config = await resolveConfig(import.meta.filename);
  const written = Object.entries(pages).map(async ([name, page]) => {
    const text = page();
    return [name, await format(text, { ...config, parser: 'markdown' })] as const;
  });
  return Object.fromEntries(await Promise.all(written));
}
