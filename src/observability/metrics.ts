import { CancelledFailure } from '@temporalio/common';
import { Counter, Histogram, Registry } from 'prom-client';
import { ApiError } from '../composio/errors.ts';
import type { ComposioApi } from '../composio/api.ts';

/** Mooring's own series, beside the ones that Temporal's core serves. Labels are closed lists: no id is ever one. */
export class Metrics {
  readonly registry = new Registry();
  readonly #apiCalls = new Counter({
    name: 'mooring_api_calls_total',
    help: 'Calls to the Composio API, by call and by how they ended',
    labelNames: ['call', 'result'],
    registers: [this.registry],
  });
  readonly #apiSeconds = new Histogram({
    name: 'mooring_api_call_seconds',
    help: 'How long calls to the Composio API took',
    labelNames: ['call'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });
  readonly #callbacks = new Counter({
    name: 'mooring_callbacks_total',
    help: 'Browsers that came back, by what they were answered',
    labelNames: ['result'],
    registers: [this.registry],
  });
  readonly #webhooks = new Counter({
    name: 'mooring_webhooks_total',
    help: 'Webhooks that came, by what became of them',
    labelNames: ['result'],
    registers: [this.registry],
  });
  readonly #billingWebhooks = new Counter({
    name: 'mooring_billing_webhooks_total',
    help: 'Billing webhooks that came, by what became of them',
    labelNames: ['result'],
    registers: [this.registry],
  });
  readonly #unknownKeys = new Counter({
    name: 'mooring_unknown_encryption_key_total',
    help: 'Payloads whose encryption key is not in the ring: alert on any, work waits for it',
    registers: [this.registry],
  });

  callback(result: string): void {
    this.#callbacks.inc({ result });
  }

  webhook(result: string): void {
    this.#webhooks.inc({ result });
  }

  billingWebhook(result: string): void {
    this.#billingWebhooks.inc({ result });
  }

  unknownKey(): void {
    this.#unknownKeys.inc();
  }

  /** The same API, counted and timed. */
  metered(api: ComposioApi): ComposioApi {
    const timed = <A extends unknown[], R>(call: string, run: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        const stop = this.#apiSeconds.startTimer({ call });
        try {
          const answer = await run(...args);
          this.#apiCalls.inc({ call, result: 'ok' });
          return answer;
        } catch (error) {
          this.#apiCalls.inc({ call, result: resultOf(error) });
          throw error;
        } finally {
          stop();
        }
      };
    };
    return {
      listAccounts: timed('list', api.listAccounts.bind(api)),
      pageAccounts: timed('page', api.pageAccounts.bind(api)),
      getAccount: timed('get', api.getAccount.bind(api)),
      createLink: timed('link', api.createLink.bind(api)),
      createAccount: timed('create', api.createAccount.bind(api)),
      setAlias: timed('alias', api.setAlias.bind(api)),
      patchCredentials: timed('credentials', api.patchCredentials.bind(api)),
      setSharing: timed('sharing', api.setSharing.bind(api)),
      refreshAccount: timed('refresh', api.refreshAccount.bind(api)),
      executeTool: timed('execute', api.executeTool.bind(api)),
      setEnabled: timed('status', api.setEnabled.bind(api)),
      revokeAccount: timed('revoke', api.revokeAccount.bind(api)),
      completeAuth: timed('complete', api.completeAuth.bind(api)),
      deleteAccount: timed('delete', api.deleteAccount.bind(api)),
    };
  }
}

function resultOf(error: unknown): string {
  if (error instanceof CancelledFailure) return 'canceled';
  if (!(error instanceof ApiError)) return 'bug';
  return error.status === null ? error.kind : String(error.status);
}
