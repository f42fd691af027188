import { accessOutcomes, accessPhases } from '../../src/domain/access/access.ts';
import { disconnectReasons } from '../../src/domain/disconnect/policy.ts';
import { isCertain, revocationProofs } from '../../src/domain/disconnect/proof.ts';
import { unusableReasons } from '../../src/domain/use/usability.ts';
import { code, generatedPage, table } from './markdown.ts';
import {
  accessOutcomeTexts,
  disconnectReasonTexts,
  healOutcomeTexts,
  healReasonTexts,
  phaseTexts,
  proofTexts,
  connectReasonTexts,
  statusTexts,
  sweepOutcomeTexts,
  warningTexts,
} from './outcome-texts.ts';

export function outcomesPage(): string {
  return generatedPage(
    'Outcomes and reasons',
    'Closed lists, for programs. `statusReason` has Composio’s own words, for people.',
    '## Outcomes of an attempt',
    list('status', statusTexts),
    'Why an attempt did not end ACTIVE, and what stays of the account that it made:',
    table(
      ['reason', 'status', 'what happened', 'what stays'],
      Object.entries(connectReasonTexts).map(([reason, { status, text, left }]) => [
        code(reason),
        code(status),
        text,
        left,
      ]),
    ),
    'An ACTIVE outcome may have `warnings`:',
    list('warning', warningTexts),
    '## Outcomes of a refresh',
    list('outcome', healOutcomeTexts),
    'Why Mooring did nothing (`cannot_refresh`):',
    list('reason', healReasonTexts),
    '## Outcomes of a sweep',
    'For each account one of those of a refresh, or:',
    list('outcome', sweepOutcomeTexts),
    '## Proofs of a disconnect',
    table(
      ['proof', 'what is known of the grant', 'certain'],
      revocationProofs.map((proof) => [code(proof), proofTexts[proof], certainty(proof)]),
    ),
    'Why an account was disconnected:',
    listOf('reason', disconnectReasons, disconnectReasonTexts),
    '## A user’s access',
    'Phases:',
    listOf('phase', accessPhases, phaseTexts),
    'Outcomes of requests. None is an error:',
    listOf('outcome', accessOutcomes, accessOutcomeTexts),
    '## Why an account cannot be used',
    '`ensureActive` returns one of these as `reason`, with the text as `hint`:',
    list('reason', unusableReasons),
  );
}

function list(name: string, texts: Readonly<Record<string, string>>): string {
  const rows = Object.entries(texts).map(([value, text]) => [code(value), text]);
  return table([name, 'meaning'], rows);
}

function listOf<Value extends string>(
  name: string,
  values: readonly Value[],
  texts: Readonly<Record<Value, string>>,
): string {
  return table(
    [name, 'meaning'],
    values.map((value) => [code(value), texts[value]]),
  );
}

function certainty(proof: (typeof revocationProofs)[number]): string {
  const always = isCertain(proof, ['access_token']);
  if (always) return 'yes';
  return isCertain(proof, ['refresh_token']) ? 'yes, unless only an access token was named' : 'no';
}
