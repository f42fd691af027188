import { Argument, Command, InvalidArgumentError } from 'commander';
import { generateKey } from '../keys.ts';
import { answer, note } from './print.ts';

export function keygenCommand(): Command {
  return new Command('keygen')
    .description('print a fresh key for encryption or tokens')
    .addArgument(
      new Argument('[id]', 'the name of the key; default: one at random').argParser(keyId),
    )
    .action((id: string | undefined) => {
      answer(generateKey(id));
      note('A secret, for MOORING_ENCRYPTION_KEYS or MOORING_TOKEN_KEYS: one key each, the same');
      note('for every part. To rotate, put the new one in front: `new,old`; the first writes, all');
      note('read. Keep an old encryption key as long as Temporal keeps what it has written.');
    });
}

function keyId(text: string): string {
  if (/^[\w-]{1,32}$/.test(text)) return text;
  throw new InvalidArgumentError('It is not 1 to 32 letters, digits, - and _.');
}
