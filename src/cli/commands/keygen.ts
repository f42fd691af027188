import { Argument, Command, InvalidArgumentError } from 'commander';
import { generateKey } from '../../crypto/key-ring.ts';
import { answer, note } from '../print.ts';

export function keygenCommand(): Command {
  return new Command('keygen')
    .description('print a fresh key for encryption, credentials or tokens')
    .addArgument(
      new Argument('[id]', 'the name of the key; default: one at random').argParser(keyId),
    )
    .action((id: string | undefined) => {
      answer(generateKey(id));
      note(
        'A secret, for MOORING_ENCRYPTION_KEYS, MOORING_CREDENTIAL_KEYS or MOORING_TOKEN_KEYS: a',
      );
      note(
        'key of its own for each, the same for every part. The first writes, all read. To rotate,',
      );
      note(
        'make the new one known first, `old,new`, to every part; then put it in front, `new,old`;',
      );
      note(
        'and drop the old one when nothing needs it: an encryption key lives as long as what it',
      );
      note('has written stays in Temporal.');
    });
}

function keyId(text: string): string {
  if (/^[\w-]{1,32}$/.test(text)) return text;
  throw new InvalidArgumentError('It is not 1 to 32 letters, digits, - and _.');
}
