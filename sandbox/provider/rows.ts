import type { AdapterPayload } from 'oidc-provider';

interface Row {
  payload: AdapterPayload;
  /** Milliseconds; 0: never expires. */
  expiresAt: number;
}

/** Epoch seconds in payloads; shifted with the clock. */
const instants = ['exp', 'iat', 'iiat', 'loginTs', 'consumed'] as const;

/**
 * Everything that the provider stores. Its default is a cache of 1,000 entries, about 200 consents;
 * after that, older refresh tokens die silently.
 */
export class ProviderRows {
  private readonly rows = new Map<string, Row>();
  private readonly keysByGrant = new Map<string, Set<string>>();
  private readonly keysByUid = new Map<string, string>();

  /**
   * Advances the time. The provider reads only the system's clock, so this subtracts the time from
   * every instant that it has stored.
   */
  advance(ms: number): void {
    for (const row of this.rows.values()) {
      if (row.expiresAt > 0) row.expiresAt -= ms;
      for (const name of instants) {
        const value: unknown = row.payload[name];
        if (typeof value === 'number') row.payload[name] = value - Math.round(ms / 1_000);
      }
    }
    this.sweep();
  }

  /** Drops expired rows: every rotation leaves two dead rows that are never read again. */
  sweep(): void {
    const now = Date.now();
    for (const [key, row] of this.rows) {
      if (row.expiresAt > 0 && row.expiresAt <= now) this.drop(key);
    }
  }

  put(key: string, payload: AdapterPayload, expiresAt: number): void {
    this.rows.set(key, { payload, expiresAt });
    if (payload.uid) this.keysByUid.set(`${key.split(':', 1)[0]}:${payload.uid}`, key);
    if (!payload.grantId) return;
    const keys = this.keysByGrant.get(payload.grantId) ?? new Set();
    this.keysByGrant.set(payload.grantId, keys.add(key));
  }

  getByUid(model: string, uid: string): AdapterPayload | undefined {
    const key = this.keysByUid.get(`${model}:${uid}`);
    return key === undefined ? undefined : this.get(key);
  }

  get(key: string): AdapterPayload | undefined {
    const row = this.rows.get(key);
    if (row && row.expiresAt > 0 && row.expiresAt <= Date.now()) {
      this.drop(key);
      return undefined;
    }
    return row?.payload;
  }

  drop(key: string): void {
    const payload = this.rows.get(key)?.payload;
    this.rows.delete(key);
    if (payload?.uid) this.keysByUid.delete(`${key.split(':', 1)[0]}:${payload.uid}`);
    if (!payload?.grantId) return;
    const keys = this.keysByGrant.get(payload.grantId);
    keys?.delete(key);
    if (keys?.size === 0) this.keysByGrant.delete(payload.grantId);
  }

  /** Ends every grant of this person to this client. */
  dropGrantsOf(accountId: string, clientId: string): void {
    for (const [key, { payload }] of this.rows) {
      if (!key.startsWith('Grant:')) continue;
      if (payload.accountId !== accountId || payload.clientId !== clientId) continue;
      this.drop(key);
      this.dropGrant(key.slice('Grant:'.length));
    }
  }

  /** Drops the grant's rows: of one model, or of all. */
  dropGrant(grantId: string, prefix = ''): void {
    for (const key of this.keysByGrant.get(grantId) ?? []) {
      if (key.startsWith(prefix)) this.drop(key);
    }
  }
}
