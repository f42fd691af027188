import { randomBytes, randomUUID } from 'node:crypto';
import { type AuthConfig, authConfigs, type StoredAuthConfig } from './auth-configs.ts';
import type { Clock } from './clock.ts';

/** The fields that a caller may choose; the rest come from the toolkit. */
type Chosen = Pick<StoredAuthConfig, 'title' | 'managed' | 'scopes' | 'credentials'>;

/** The auth configs of one sandbox: the first ones, and those that its callers create. */
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

  /** Deleted ones included, as their accounts may still exist. */
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
