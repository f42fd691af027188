import { type Command, CommanderError } from 'commander';
import { createProgram } from '../../../src/cli/program.ts';

export interface ShellCheck {
  /** How many commands of Mooring and of npm were checked. */
  checked: number;
  problems: { line: number; text: string }[];
}

/**
 * Checks the commands of a block for a shell without running them: `mooring …` by the command line's
 * own parser, and `npm run …` by the scripts of the package.
 */
export async function checkShell(text: string, scripts: ReadonlySet<string>): Promise<ShellCheck> {
  const check: ShellCheck = { checked: 0, problems: [] };
  for (const [index, line] of text.split('\n').entries()) {
    for (const words of commandsOf(line)) {
      const problem = await problemOf(words, scripts);
      if (problem === undefined) continue;
      check.checked++;
      if (problem !== null) check.problems.push({ line: index, text: problem });
    }
  }
  return check;
}

/** Null: it is right. Undefined: it is no command of ours. */
async function problemOf(words: string[], scripts: ReadonlySet<string>) {
  const [first, ...rest] = words[0] === 'npx' ? words.slice(1) : words;
  if (first === 'mooring') return parseProblem(rest);
  if (first !== 'npm') return undefined;
  const [verb, ...names] = rest;
  if (verb !== 'run' && verb !== 'test') return undefined;
  const name = verb === 'test' ? 'test' : names.find((word) => !word.startsWith('-'));
  return scripts.has(name ?? '') ? null : `npm has no script ${name}`;
}

async function parseProblem(args: string[]): Promise<string | null> {
  const program = createProgram();
  silence(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? null : `mooring ${args.join(' ')}: ${error.message}`;
  }
}

/** Commands parse and do nothing. */
function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  if (command.commands.length === 0) command.action(() => {});
  for (const one of command.commands) silence(one);
}

/** The simple commands of a line, as words. Comments, redirections and variables are left out. */
function commandsOf(line: string): string[][] {
  const commands: string[][] = [[]];
  const tokens = line.matchAll(/'([^']*)'|"([^"]*)"|(&&|\|\|?|;)|(#.*)$|([^\s'"|;&#]+)/g);
  for (const [, single, double, separator, comment, bare] of tokens) {
    if (comment !== undefined) break;
    if (separator !== undefined) commands.push([]);
    const word = single ?? double ?? bare;
    if (word !== undefined) commands.at(-1)?.push(word);
  }
  return commands.map((words) => {
    const redirected = words.findIndex((word) => /^\d?>/.test(word));
    const kept = redirected === -1 ? words : words.slice(0, redirected);
    const start = kept.findIndex((word) => !/^\w+=|^\*|^export$/.test(word));
    return start === -1 ? [] : kept.slice(start);
  });
}
