import { CancelledFailure } from '@temporalio/common';
import { Counter, Histogram, Registry } from 'prom-client';
import { ApiError } from '../composio/errors.ts';
import type { ComposioApi } from '../composio/api.ts';

/**
 * Mooring's own metrics, beside those of Temporal's core. Label values come from closed lists and
 * are never an id.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #apiCalls = new Counter({
    name: 'mooring_api_calls_total',
    help: 'Calls to the Composio API, by call and result',
    labelNames: ['call', 'result'],
    registers: [this.registry],
  });
  readonly #apiSeconds = new Histogram({
    name: 'mooring_api_call_seconds',
    help: 'Duration of calls to the Composio API, by call',
    labelNames: ['call'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });
  readonly #callbacks = new Counter({
    name: 'mooring_callbacks_total',
    help: 'Browsers that returned from the consent page, by the answer they got',
    labelNames: ['result'],
    registers: [this.registry],
  });
  readonly #webhooks = new Counter({
    name: 'mooring_webhooks_total',
    help: 'Webhooks of Composio that were received, by result',
    labelNames: ['result'],
    registers: [this.registry],
  });
  readonly #billingWebhooks = new Counter({
    name: 'mooring_billing_webhooks_total',
    help: 'Billing webhooks that were received, by result',
    labelNames: ['result'],
    registers: [this.registry],
  });
  readonly #unknownKeys = new Counter({
    name: 'mooring_unknown_encryption_key_total',
    help: 'Payloads with a key that MOORING_ENCRYPTION_KEYS lacks: alert on any, tasks wait for it',
    registers: [this.registry],
  });

  countCallback(result: string): void {
    this.#callbacks.inc({ result });
  }

  countWebhook(result: string): void {
    this.#webhooks.inc({ result });
  }

  countBillingWebhook(result: string): void {
    this.#billingWebhooks.inc({ result });
  }

  countUnknownKey(): void {
    this.#unknownKeys.inc();
  }

  /** The same API, with each call counted and timed. */
  meterApi(api: ComposioApi): ComposioApi {
    const meterCall = <A extends unknown[], R>(call: string, run: (...args: A) => Promise<R>) => {
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
      listAccounts: meterCall('list', api.listAccounts.bind(api)),
      pageAccounts: meterCall('page', api.pageAccounts.bind(api)),
      getAccount: meterCall('get', api.getAccount.bind(api)),
      createLink: meterCall('link', api.createLink.bind(api)),
      createAccount: meterCall('create', api.createAccount.bind(api)),
      setAlias: meterCall('alias', api.setAlias.bind(api)),
      patchCredentials: meterCall('credentials', api.patchCredentials.bind(api)),
      setSharing: meterCall('sharing', api.setSharing.bind(api)),
      refreshAccount: meterCall('refresh', api.refreshAccount.bind(api)),
      executeTool: meterCall('execute', api.executeTool.bind(api)),
      setEnabled: meterCall('status', api.setEnabled.bind(api)),
      revokeAccount: meterCall('revoke', api.revokeAccount.bind(api)),
      completeAuth: meterCall('complete', api.completeAuth.bind(api)),
      deleteAccount: meterCall('delete', api.deleteAccount.bind(api)),
    };
  }
}

function resultOf(error: unknown): string {
  if (error instanceof CancelledFailure) return 'canceled';
  if (!(error instanceof ApiError)) return 'bug';
  return error.status === null ? error.kind : String(error.status);
}
