import type { AdapterFactory } from 'oidc-provider';
import type { ProviderRows } from './rows.ts';

/** Lets the provider keep everything in `rows`; it makes one adapter per model. */
export function adapterFor(rows: ProviderRows): AdapterFactory {
  return (model) => ({
    async upsert(id, payload, seconds) {
      rows.put(`${model}:${id}`, payload, seconds ? Date.now() + seconds * 1_000 : 0);
    },
    async find(id) {
      return rows.get(`${model}:${id}`);
    },
    async findByUid(uid) {
      return rows.getByUid(model, uid);
    },
    async findByUserCode() {
      return undefined;
    },
    async consume(id) {
      const payload = rows.get(`${model}:${id}`);
      if (payload) payload.consumed = Math.floor(Date.now() / 1_000);
    },
    async destroy(id) {
      rows.drop(`${model}:${id}`);
      if (model === 'Grant') rows.dropGrant(id);
    },
    async revokeByGrantId(grantId) {
      rows.dropGrant(grantId, `${model}:`);
    },
  });
}
