import { Argument, Command, Option } from 'commander';
import type { ChangedAccount, Credentials, MooringClient } from '../../index.ts';
import { patchableSchemes } from '../../domain/auth-schemes.ts';
import { parseChange } from '../../domain/change/schemas.ts';
import { readJson } from '../json-file.ts';
import { answer, answerJson, listing } from '../print.ts';
import { withClient } from '../with-client.ts';

interface AccountOptions {
  user: string;
  requestId?: string;
  json?: true;
}

interface SharingOptions extends AccountOptions {
  allUsers?: boolean;
  allow?: string[];
  deny?: string[];
}

interface CredentialOptions extends AccountOptions {
  scheme: Credentials['authScheme'];
  file: string;
}

export function accountCommand(): Command {
  const enabling = named('enable', 'make a disabled account ACTIVE again').action(
    (id: string, options: AccountOptions) =>
      change(options, (mooring) => mooring.enable(account(id, options))),
  );
  const disabling = named('disable', 'let no tool run with an account until it is enabled').action(
    (id: string, options: AccountOptions) =>
      change(options, (mooring) => mooring.disable(account(id, options))),
  );
  const naming = named('alias', 'name an account')
    .addArgument(new Argument('<alias>', "its name; '' takes it off"))
    .action((id: string, alias: string, options: AccountOptions) =>
      change(options, (mooring) => mooring.updateAlias({ ...account(id, options), alias })),
    );
  const sharing = named('sharing', 'say who else may use a SHARED account; what is left out stays')
    .option('--all-users', 'everybody who is not denied')
    .option('--no-all-users', 'those who are allowed by name only')
    .option('--allow <ids>', "these users, with commas; '' for none", ids)
    .option('--deny <ids>', "never these, with commas; '' for none", ids)
    .action(changeSharing);
  const schemes = new Option('--scheme <name>', 'the account’s own').choices(patchableSchemes);
  const credentials = named('credentials', 'give an account new credentials')
    .addOption(schemes.makeOptionMandatory())
    .option('--file <path>', 'their fields as a JSON object; - for stdin', '-')
    .action(changeCredentials);
  return new Command('account')
    .description('enable, disable, name, share an account, or give it new credentials')
    .helpCommand(false)
    .addCommand(enabling)
    .addCommand(disabling)
    .addCommand(naming)
    .addCommand(sharing)
    .addCommand(credentials);
}

function named(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<account>', 'its ca_… id'))
    .requiredOption('--user <id>', 'whose it is')
    .option('--request-id <id>', 'a repeat with the same id gets the first answer')
    .option('--json', 'print the account as JSON');
}

async function changeSharing(id: string, options: SharingOptions): Promise<void> {
  const { allUsers, allow, deny } = options;
  const sharing = {
    ...(allUsers !== undefined && { allowAllUsers: allUsers }),
    ...(allow && { allowedUserIds: allow }),
    ...(deny && { notAllowedUserIds: deny }),
  };
  const input = parseChange('updateSharing', { ...account(id, options), sharing });
  await change(options, (mooring) => mooring.updateSharing(input));
}

/** Never from the command line, where every process of this machine could read them. */
async function changeCredentials(id: string, options: CredentialOptions): Promise<void> {
  const { scheme: authScheme, file } = options;
  const val = (await readJson(file)) as Credentials['val'];
  const credentials = { authScheme, val };
  const input = parseChange('updateCredentials', { ...account(id, options), credentials });
  await change(options, (mooring) => mooring.updateCredentials(input));
}

async function change(
  { json }: AccountOptions,
  call: (mooring: MooringClient) => Promise<ChangedAccount>,
): Promise<void> {
  await withClient(async (mooring) => {
    const changed = await call(mooring);
    const { connectionId: connection, connectedAccountId, status } = changed;
    if (json) answerJson(changed);
    else answer(listing({ connection, account: connectedAccountId, status }));
  });
}

function account(connectedAccountId: string, { user: userId, requestId }: AccountOptions) {
  return { userId, connectedAccountId, ...(requestId !== undefined && { requestId }) };
}

function ids(list: string): string[] {
  return list === '' ? [] : list.split(',');
}
