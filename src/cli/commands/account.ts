import { Argument, Command, Option } from 'commander';
import type { ChangedAccount, AccountCredentials, MooringClient } from '../../index.ts';
import { patchableSchemes } from '../../domain/auth-schemes.ts';
import { parseChange } from '../../domain/change/schemas.ts';
import { readJson } from '../json-file.ts';
import { printAnswer, printJson, fieldLines } from '../print.ts';
import { withClient } from '../with-client.ts';
import { defined } from '../../domain/defined.ts';

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
  scheme: AccountCredentials['authScheme'];
  file: string;
}

export function accountCommand(): Command {
  const enableCommand = createSubcommand('enable', 'make a disabled account ACTIVE again').action(
    (id: string, options: AccountOptions) =>
      changeAccount(options, (mooring) => mooring.accounts.enable(accountInputOf(id, options))),
  );
  const disableCommand = createSubcommand(
    'disable',
    'disable an account: no tool can use it until it is enabled',
  ).action((id: string, options: AccountOptions) =>
    changeAccount(options, (mooring) => mooring.accounts.disable(accountInputOf(id, options))),
  );
  const aliasCommand = createSubcommand('alias', 'set the alias of an account')
    .addArgument(new Argument('<alias>', "the new alias; '' removes it"))
    .action((id: string, alias: string, options: AccountOptions) =>
      changeAccount(options, (mooring) =>
        mooring.accounts.updateAlias({ ...accountInputOf(id, options), alias }),
      ),
    );
  const sharingCommand = createSubcommand(
    'sharing',
    'set who else may use a SHARED account; omitted settings stay',
  )
    .option('--all-users', 'allow all users who are not denied')
    .option('--no-all-users', 'allow only the users of --allow')
    .option('--allow <ids>', "allow these users, with commas; '' for none", ids)
    .option('--deny <ids>', "never allow these, with commas; '' for none", ids)
    .action(changeSharing);
  const schemes = new Option('--scheme <name>', 'the account’s scheme').choices(patchableSchemes);
  const credentialsCommand = createSubcommand('credentials', 'replace an account’s credentials')
    .addOption(schemes.makeOptionMandatory())
    .option('--file <path>', 'a file with their fields as a JSON object; - for stdin', '-')
    .action(changeCredentials);
  return new Command('account')
    .description('enable, disable, name or share an account, replace credentials')
    .helpCommand(false)
    .addCommand(enableCommand)
    .addCommand(disableCommand)
    .addCommand(aliasCommand)
    .addCommand(sharingCommand)
    .addCommand(credentialsCommand);
}

function createSubcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<account>', 'the account’s id (ca_…)'))
    .requiredOption('--user <id>', 'your own id of its user')
    .option('--request-id <id>', 'a repeat with the same id gets the first answer')
    .option('--json', 'print the account as JSON');
}

async function changeSharing(id: string, options: SharingOptions): Promise<void> {
  const { allUsers, allow, deny } = options;
  const sharing = {
    ...defined({ allowAllUsers: allUsers, allowedUserIds: allow, notAllowedUserIds: deny }),
  };
  const input = parseChange('updateSharing', { ...accountInputOf(id, options), sharing });
  await changeAccount(options, (mooring) => mooring.accounts.updateSharing(input));
}

/** Never from the command line: every process of the machine could read the credentials there. */
async function changeCredentials(id: string, options: CredentialOptions): Promise<void> {
  const { scheme: authScheme, file } = options;
  const val = (await readJson(file)) as AccountCredentials['val'];
  const credentials = { authScheme, val };
  const input = parseChange('updateCredentials', { ...accountInputOf(id, options), credentials });
  await changeAccount(options, (mooring) => mooring.accounts.updateCredentials(input));
}

async function changeAccount(
  { json }: AccountOptions,
  call: (mooring: MooringClient) => Promise<ChangedAccount>,
): Promise<void> {
  await withClient(async (mooring) => {
    const changed = await call(mooring);
    const { connectionId: connection, connectedAccountId, status } = changed;
    if (json) printJson(changed);
    else printAnswer(fieldLines({ connection, account: connectedAccountId, status }));
  });
}

function accountInputOf(connectedAccountId: string, { user: userId, requestId }: AccountOptions) {
  return { userId, connectedAccountId, ...defined({ requestId }) };
}

function ids(list: string): string[] {
  return list === '' ? [] : list.split(',');
}
