import { Argument, Command, InvalidArgumentError } from 'commander';
import { generateKey } from '../../crypto/key-ring.ts';
import { printAnswer, printNote } from '../print.ts';

export function keygenCommand(): Command {
  return new Command('keygen')
    .description('print a new key for encryption, credentials or tokens')
    .addArgument(
      new Argument('[id]', 'the name of the key; default: a random one').argParser(keyId),
    )
    .action((id: string | undefined) => {
      printAnswer(generateKey(id));
      printNote(
        'A secret key for MOORING_ENCRYPTION_KEYS, MOORING_CREDENTIAL_KEYS or MOORING_TOKEN_KEYS.',
      );
      printNote(
        'Use another key for each variable, and the same value in every part. The first key in a',
      );
      printNote(
        'list writes, all of them read. To rotate, add the new key to all parts as `old,new`. Then',
      );
      printNote(
        'put it first as `new,old`. Remove the old key when nothing needs it: an encryption key is',
      );
      printNote('needed while Temporal keeps what it encrypted.');
    });
}

function keyId(text: string): string {
  if (/^[\w-]{1,32}$/.test(text)) return text;
  throw new InvalidArgumentError('It is not 1 to 32 letters, digits, - and _.');
}
