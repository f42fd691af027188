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
 * A sandbox's control API, for this process or another: the calls and writes, faults, time, and
 * seeded rows.
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

  /** API calls by the status of their answer; `none`: dropped. */
  answers(): Promise<Record<string, number>> {
    return this.run('answers');
  }

  /** Every API call in order; none while only counts are kept. */
  callLog(filter: { userId?: string } = {}): Promise<CallEntry[]> {
    return this.run('callLog', filter);
  }

  /** API calls that have no answer yet, mostly those that a fault holds. */
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

  /** Whether the provider accepts this account's tokens; null if it has none. */
  introspect(accountId: string): Promise<{ access: boolean | null; refresh: boolean | null }> {
    return this.run('introspect', { id: accountId });
  }

  /**
   * Ends the account's grant at the provider, as if its person had removed the app. The sandbox's
   * API does not notice.
   */
  async killGrant(accountId: string): Promise<void> {
    await this.run('killGrant', { id: accountId });
  }

  /**
   * Runs Composio's background renewal once. It renews every ACTIVE account whose access token
   * expires within five minutes, or the named ones, due or not. An account seeded in bulk has a
   * token only after its first use.
   */
  renewInBackground(accountIds?: string[]): Promise<RenewalRun> {
    return this.run('renewInBackground', { ...(accountIds && { ids: accountIds }) });
  }

  /** Every attempt to deliver an event, with the receiver's answer. */
  webhooks(): Promise<WebhookAttempt[]> {
    return this.run('webhooks');
  }

  /** Sends the expired event of an account, whether it has expired or not. */
  sendWebhook(accountId: string, options: WebhookOptions = {}): Promise<{ webhookId: string }> {
    return this.run('sendWebhook', { id: accountId, ...options });
  }

  /** Sends what `holdWebhooks` has held back. Returns once each event was taken or given up. */
  async releaseWebhooks(options: { newestFirst?: boolean } = {}): Promise<void> {
    await this.run('releaseWebhooks', options);
  }

  /** How many tool calls reached the toolkit, by account. */
  toolCalls(): Promise<Record<string, number>> {
    return this.run('toolCalls');
  }

  /** Advances the time, here and at the provider. */
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

  /**
   * Seeds many accounts, quickly and with hardly any memory. Returns how many have which status.
   * They are not in the write log.
   */
  seedAccounts(plan: SeededAccounts): Promise<Partial<Record<AccountStatus, number>>> {
    return this.run('seedAccounts', plan);
  }

  /** Changes only the row. The default reason is the contract's own for that status. */
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

  /**
   * Every secret issued, in order, without the first `from`. A test searches for them where no
   * secret may be.
   */
  secrets(from = 0): Promise<string[]> {
    return this.run('secrets', { from });
  }

  /** Another key of the same organization. */
  issueApiKey(): Promise<string> {
    return this.run('issueApiKey');
  }

  /** The key of a person of the project, which most writes do not accept. */
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
