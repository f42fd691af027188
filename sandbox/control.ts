import type { AccountStatus } from './account.ts';
import type { CallEntry } from './call-log.ts';
import type { Commands, SeededAccount, StoredAccount } from './commands.ts';
import type { FaultRule } from './faults.ts';
import type { Settings } from './settings.ts';
import type { WriteEntry } from './write-log.ts';

export type { CallEntry, FaultRule, SeededAccount, Settings, StoredAccount, WriteEntry };
export type { Fault } from './faults.ts';

/**
 * A sandbox's control surface, from this process or another: what was called and written, faults,
 * time, and rows that nobody connected.
 */
export class SandboxControl {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** API calls by route, dropped ones included. */
  calls(): Promise<Record<string, number>> {
    return this.run('calls');
  }

  /** Every API call in order. */
  callLog(filter: { userId?: string } = {}): Promise<CallEntry[]> {
    return this.run('callLog', filter);
  }

  async resetCalls(): Promise<void> {
    await this.run('resetCalls');
  }

  /** Every change of an account, in order. */
  writes(filter: { userId?: string } = {}): Promise<WriteEntry[]> {
    return this.run('writes', filter);
  }

  /** Every row, deleted ones included. */
  accounts(filter: { userId?: string } = {}): Promise<StoredAccount[]> {
    return this.run('accounts', filter);
  }

  /** Whether the provider takes this account's tokens; null where it has none. */
  introspect(accountId: string): Promise<{ access: boolean | null; refresh: boolean | null }> {
    return this.run('introspect', { id: accountId });
  }

  /** Lets time pass, here and at the provider. */
  async advance(ms: number): Promise<void> {
    await this.run('advance', { ms });
  }

  async settings(patch: Partial<Settings>): Promise<void> {
    await this.run('settings', patch);
  }

  async fault(rule: FaultRule): Promise<void> {
    await this.run('fault', rule);
  }

  async clearFaults(): Promise<void> {
    await this.run('clearFaults');
  }

  seedAccount(row: SeededAccount): Promise<{ id: string }> {
    return this.run('seedAccount', row);
  }

  /** Moves the row, and only the row. Without a reason: the contract's own for that status. */
  async setStatus(accountId: string, status: AccountStatus, statusReason?: string): Promise<void> {
    await this.run('setStatus', {
      id: accountId,
      status,
      ...(statusReason !== undefined && { reason: statusReason }),
    });
  }

  /** Deletes the row; its grant lives on. */
  async remove(accountId: string): Promise<void> {
    await this.run('remove', { id: accountId });
  }

  /** Every secret issued, in order, but for the first `from`; to be searched for where none belongs. */
  secrets(from = 0): Promise<string[]> {
    return this.run('secrets', { from });
  }

  /** Another key of the same organisation. */
  issueApiKey(): Promise<string> {
    return this.run('issueApiKey');
  }

  private async run<Name extends keyof Commands>(
    name: Name,
    ...args: Parameters<Commands[Name]>
  ): Promise<Awaited<ReturnType<Commands[Name]>>> {
    const response = await fetch(new URL(`/control/${name}`, this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(args[0] ?? {}),
    });
    if (!response.ok) throw new Error(`sandbox control ${name}: ${await response.text()}`);
    const { result } = (await response.json()) as { result: Awaited<ReturnType<Commands[Name]>> };
    return result;
  }
}
