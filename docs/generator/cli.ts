import type { Argument, Command, Option } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { code, generatedPage, table } from './markdown.ts';

export function cliPage(): string {
  const program = createProgram();
  const groups = new Map<string, Command[]>();
  for (const command of program.commands) {
    const group = command.helpGroup().replace(/:$/, '');
    groups.set(group, [...(groups.get(group) ?? []), command]);
  }
  const sections = [...groups].flatMap(([group, commands]) => [
    `## ${group}`,
    ...commands.flatMap((command) => [section(command), ...command.commands.map(section)]),
  ]);
  return generatedPage(
    'The command line',
    'In a checkout run it as `npx mooring`. Exit codes are 0 (success), 1 (failure) and 2 (wrong call). Most commands take `--json`.',
    'What takes something away asks for the user’s id on a terminal: `disconnect`, `offboard`, `lapse`, `release` and an `adjust` to an earlier time. Without a terminal they need `--yes --confirm <user>`. These, `keep` and all requests about a user’s access have `--dry-run`.',
    ...sections,
  );
}

function section(command: Command): string {
  const names = [command.name()];
  for (let at = command.parent; at !== null; at = at.parent) names.unshift(at.name());
  const level = names.length === 2 ? '###' : '####';
  const parts = [`${level} ${names.join(' ')}`, sentence(command.description())];
  if (command.commands.length === 0) parts.push(code(`${names.join(' ')} ${command.usage()}`));
  const rows = [...command.registeredArguments.map(argumentRow), ...command.options.map(optionRow)];
  if (rows.length > 0) parts.push(table(['argument or option', 'meaning'], rows));
  return parts.join('\n\n');
}

function argumentRow(argument: Argument): string[] {
  return [code(argument.name()), argument.description];
}

function optionRow({ flags, description, defaultValue, mandatory, argChoices }: Option): string[] {
  const notes = [
    ...(mandatory ? ['required'] : []),
    ...(argChoices === undefined ? [] : [`one of ${argChoices.map(code).join(', ')}`]),
    ...(isShown(defaultValue) ? [`default: ${code(String(defaultValue))}`] : []),
  ];
  const note = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  // For `--help`, a description names it too.
  return [code(flags), `${description.replace(/ \(required\)$/, '')}${note}`];
}

function isShown(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
