import { fixes } from '../../src/cli/print.ts';
import { type ErrorCode, errorCodes, isTransient } from '../../src/domain/errors.ts';
import { bullets, code, generatedPage, table } from './markdown.ts';
import { fieldsOf } from './source.ts';

export function errorsPage(): string {
  const codes = Object.keys(errorCodes) as ErrorCode[];
  const rows = codes.map((one) => {
    const [, actor = '', text = ''] = /^(.+?): (.*)$/.exec(errorCodes[one]) ?? [];
    return [code(one), text, actor, fixes[one]];
  });
  return generatedPage(
    'Errors',
    'Every call throws `MooringError` with a stable `code`. Branch on it. Codes are never renamed. `message` is for operators.',
    table(['code', 'meaning', 'who acts', 'from the CLI, try'], rows),
    '## Details',
    'TypeScript narrows `details` by `code`. Which code has which: [ErrorDetails](api.md#errordetails).',
    bullets(
      fieldsOf('domain/errors.ts', 'MooringErrorDetails').map(
        ([name, doc]) => `${code(`details.${name}`)}: ${doc}`,
      ),
    ),
    '## After how long',
    bullets([
      '`ERR_NO_WORKER`: no worker answered for 12 s. The attempt waits for one.',
      '`ERR_WORKER_BUSY`: the workers were too busy for 60 s.',
      '`ERR_API_UNAVAILABLE`: Composio gave no answer for 60 s; for a reconnect link 15 s, for `completeAuth` 30 s.',
      '`ERR_ACCOUNT_BUSY`: another operation held the account for 10 s, or for 30 s before a disconnect.',
      '`ERR_OUTCOME_TIMEOUT`: your own `timeoutMs` is over. Call again.',
    ]),
    '## Repeat the call',
    'These refusals do not depend on the request: something is unavailable or busy, or an operator has to act. Mooring never stores them as the answer of a `requestId`, so a repeat runs again.',
    bullets(codes.filter(isTransient).map(code)),
    'What Composio’s SDK throws for the same: [error by error](../start/coming-from-link.md#error-by-error). What the API answered: [API answers](api-answers.md).',
  );
}
