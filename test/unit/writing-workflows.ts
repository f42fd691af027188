import { accountHolders, type HolderName } from '../support/account-holders.ts';
import { writersTable } from '../support/writers-table.ts';

/** The workflows that write to an account, from `docs/know/who-writes.md`. */
export function writingWorkflows(): string[] {
  return [...new Set(writersTable().map(({ workflow }) => workflow))].toSorted();
}

export function workflowsOf(cells: readonly { holder: HolderName }[]): string[] {
  return [...new Set(cells.map(({ holder }) => accountHolders[holder].workflow))].toSorted();
}
