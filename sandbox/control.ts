import type { AccountStatus } from './account.ts';
import type { CallEntry } from './call-log.ts';
import type { Commands, StoredAccount, WebhookOptions } from './commands.ts';
import type { FaultRule } from './faults.ts';
import type { RenewalRun } from './renewal.ts';
import type { SeededAccount, SeededAccounts } from './seeding.ts';
import type { Settings } from './settings.ts';
import type { WebhookAttempt } from './webhooks.ts';
import type { WriteEntry } from './write-log.ts';

export type { CallEntry, FaultRule, SeededAccount, SeededAccounts, Settings, StoredAccount };
export type { WebhookAttempt, WriteEntry };
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

  /** API calls by the status they were answered with; `none`: dropped. */
  answers(): Promise<Record<string, number>> {
    return this.run('answers');
  }

  /** Every API call in order; none while only counts are kept. */
  callLog(filter: { userId?: string } = {}): Promise<CallEntry[]> {
    return this.run('callLog', filter);
  }

  /** API calls that have no answer yet: those that a fault holds, above all. */
  pendingCalls(): Promise<CallEntry[]> {
    return this.run('pendingCalls');
  }

  async resetCalls(): Promise<void> {
    await this.run('resetCalls');
  }

  /** Every change of an account, in order. */
  writes(filter: { userId?: string } = {}): Promise<WriteEntry[]> {
    return this.run('writes', filter);
  }

  /** How many changes there were, counted apart from `writes`. */
  writeCount(): Promise<number> {
    return this.run('writeCount');
  }

  /** Every row, deleted ones included. */
  accounts(filter: { userId?: string } = {}): Promise<StoredAccount[]> {
    return this.run('accounts', filter);
  }

  /** Whether the provider takes this account's tokens; null where it has none. */
  introspect(accountId: string): Promise<{ access: boolean | null; refresh: boolean | null }> {
    return this.run('introspect', { id: accountId });
  }

  /** Ends the account's grant at the provider, as if its person had removed the app. Nothing here hears of it. */
  async killGrant(accountId: string): Promise<void> {
    await this.run('killGrant', { id: accountId });
  }

  /**
   * Lets Composio's background renewal run once: for every ACTIVE account whose access token ends within five
   * minutes (an account seeded in bulk has one only once it was needed), or for those named, due or not.
   */
  renewInBackground(accountIds?: string[]): Promise<RenewalRun> {
    return this.run('renewInBackground', { ...(accountIds && { ids: accountIds }) });
  }

  /** Every attempt to deliver an event, with what the receiver answered. */
  webhooks(): Promise<WebhookAttempt[]> {
    return this.run('webhooks');
  }

  /** Sends the expired event of an account, whether it has expired or not. */
  sendWebhook(accountId: string, options: WebhookOptions = {}): Promise<{ webhookId: string }> {
    return this.run('sendWebhook', { id: accountId, ...options });
  }

  /** Sends what `holdWebhooks` has kept back, and returns once each was taken or given up. */
  async releaseWebhooks(options: { newestFirst?: boolean } = {}): Promise<void> {
    await this.run('releaseWebhooks', options);
  }

  /** How many tool calls were let through to the toolkit, by account. */
  toolCalls(): Promise<Record<string, number>> {
    return this.run('toolCalls');
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

  /** Many accounts in no time and hardly any memory; answers how many have which status. They are in no write log. */
  seedAccounts(plan: SeededAccounts): Promise<Partial<Record<AccountStatus, number>>> {
    return this.run('seedAccounts', plan);
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

  /** The key of a person of the project, which most writes do not take. */
  issueUserApiKey(): Promise<string> {
    return this.run('issueUserApiKey');
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
