import { fixes } from '../../src/cli/print.ts';
import { type ErrorCode, errorCodes, isTransient } from '../../src/domain/errors.ts';
import { bullets, code, generatedPage, table } from './markdown.ts';

export function errorsPage(): string {
  const codes = Object.keys(errorCodes) as ErrorCode[];
  const rows = codes.map((one) => {
    const [, actor = '', text = ''] = /^(.+?): (.*)$/.exec(errorCodes[one]) ?? [];
    return [code(one), text, actor, fixes[one]];
  });
  return generatedPage(
    'Errors',
    'Every call throws `MooringError` with a stable `code`. Branch on it. Codes are never renamed. `message` is for operators. `details` has the field, the account or Composio’s request id.',
    table(['code', 'meaning', 'who acts', 'from the CLI, try'], rows),
    '## Repeat the call',
    'These refusals do not depend on the request: something is unavailable or busy, or an operator has to act. Mooring never stores them as the answer of a `requestId`, so a repeat runs again.',
    bullets(codes.filter(isTransient).map(code)),
    'What Composio’s SDK throws for the same: [error by error](../start/coming-from-link.md#error-by-error). What the API answered: [API answers](api-answers.md).',
  );
}
