import { randomBytes, randomUUID } from 'node:crypto';
import { type AuthConfig, authConfigs, type StoredAuthConfig } from './auth-configs.ts';
import type { Clock } from './clock.ts';

/** What a caller may choose; the rest is the toolkit's. */
type Chosen = Pick<StoredAuthConfig, 'title' | 'managed' | 'scopes' | 'credentials'>;

/** The auth configs of one sandbox: those it begins with, and those that its callers make. */
export class AuthConfigStore {
  private readonly clock: Clock;
  private readonly rows = new Map<string, StoredAuthConfig>();

  constructor(clock: Clock) {
    this.clock = clock;
    for (const preset of authConfigs) this.add(preset);
  }

  find(id: string): StoredAuthConfig | undefined {
    const row = this.rows.get(id);
    return row?.deleted === false ? row : undefined;
  }

  /** Newest first. The order is not documented. */
  list(): StoredAuthConfig[] {
    return this.all()
      .filter(({ deleted }) => !deleted)
      .toReversed();
  }

  /** Deleted ones included: there may still be accounts of theirs. */
  all(): StoredAuthConfig[] {
    return [...this.rows.values()];
  }

  create(toolkit: AuthConfig, chosen: Chosen): StoredAuthConfig {
    return this.add({ ...toolkit, id: `ac_${randomBytes(9).toString('hex')}` }, chosen);
  }

  update(
    row: StoredAuthConfig,
    changes: Partial<Chosen & Pick<StoredAuthConfig, 'disabled' | 'deleted'>>,
  ): void {
    Object.assign(row, changes, { updatedAt: this.clock.now() });
  }

  private add(authConfig: AuthConfig, chosen?: Chosen): StoredAuthConfig {
    const now = this.clock.now();
    const row: StoredAuthConfig = {
      ...authConfig,
      uuid: randomUUID(),
      title: authConfig.name,
      credentials: {},
      disabled: false,
      deleted: false,
      createdAt: now,
      updatedAt: now,
      ...chosen,
    };
    this.rows.set(row.id, row);
    return row;
  }
}
