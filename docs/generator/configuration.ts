import type { z } from 'zod';
import { variablesByPart } from '../../src/config.ts';
import { code, generatedPage, table } from './markdown.ts';

type Part = keyof typeof variablesByPart;
type VariableName = { [P in Part]: keyof (typeof variablesByPart)[P] }[Part];

/** What each variable is for. The compiler refuses a variable without a text. */
const texts: Record<VariableName, string> = {
  MOORING_ENCRYPTION_KEYS:
    '`id:key[,id:key…]`: the first key encrypts, all decrypt. Required, unless plaintext is allowed',
  MOORING_CREDENTIAL_KEYS:
    '`id:key[,id:key…]`, for credentials; without it they are refused. The gateway needs none',
  MOORING_TOKEN_KEYS:
    '`id:key[,id:key…]`, for callbacks and reconnect links; a worker needs it with MOORING_PUBLIC_URL',
  MOORING_ALLOW_PLAINTEXT: '`1` permits to run without MOORING_ENCRYPTION_KEYS',
  MOORING_ID_KEY:
    'if set (once, for ever), workflow ids and search attributes hold user ids only as keyed hashes',
  MOORING_TASK_QUEUE:
    'API calls run on the queue with `-api`, batches on `-bulk`, events on `-events-{endpoint}`',
  MOORING_LOG_LEVEL: '`trace`, `debug`, `info`, `warn`, `error` or `silent`',
  MOORING_CODEC_TOKENS:
    '`name:token[,…]`, of 32 characters or more: who may decode histories; without it nobody may',
  MOORING_CODEC_ORIGINS: 'origins whose pages may decode',
  MOORING_OPS_HOST: 'the address of `/health/live`, `/health/ready` and `/metrics`',
  MOORING_OPS_PORT: 'its port',
  MOORING_OPS_NAMES:
    'host names, with commas, under which that listener answers; it always answers to addresses and to names without a dot',
  COMPOSIO_API_KEY: 'your project’s key; a backend with `mooring/accounts` needs one too',
  COMPOSIO_BASE_URL: 'only for a sandbox',
  MOORING_PUBLIC_URL: 'where browsers reach the gateway; without it there is no gateway',
  MOORING_RETURN_ORIGINS: 'comma-separated origins to which browsers may be sent',
  MOORING_EVENT_ENDPOINTS: 'where events are sent, see [Events](../use/events.md)',
  MOORING_ENTITLEMENT_URL:
    'where your backend says who is entitled; the gateway only checks that it is set',
  MOORING_ENTITLEMENT_SECRETS: '`whsec_…`, or two with a comma: both sign the question',
  MOORING_ENTITLEMENT_ALLOW_PRIVATE:
    '`1` permits plain http and an address that is not public for that hook',
  MOORING_WORKFLOW_BUNDLE: 'a prebuilt bundle; without it, the bundle of `npm run build`',
  MOORING_ACCESS_LOSSES_PER_HOUR:
    'if more users would lose their access in one hour, they are held; `0` holds all',
  MOORING_WEBHOOK_SECRETS:
    'the secret of your Composio webhook subscription, or two with a comma; without it no webhook is accepted',
  MOORING_COMPOSIO_PROJECT_ID: '`pr_…`: webhooks of another project are refused',
  MOORING_BILLING_SECRETS:
    '`whsec_…`, or two with a comma: the secrets of billing webhooks, see [Billing](../use/billing.md); needs MOORING_ENTITLEMENT_URL',
  MOORING_GATEWAY_HOST: 'the address of the public listener',
  MOORING_GATEWAY_PORT: 'its port',
};

export function configurationPage(): string {
  const parts = Object.keys(variablesByPart) as Part[];
  const rows = (Object.keys(texts) as VariableName[]).toSorted().map((name) => {
    const readers = parts.filter((part) => name in variablesByPart[part]);
    const values = new Map(readers.map((part) => [part, defaultOf(part, name)]));
    return [code(name), readers.join(', '), defaultText(values), texts[name]];
  });
  return generatedPage(
    'Configuration',
    'Every part reads the environment. Each variable can also name a file, with the suffix `_FILE`. `TEMPORAL_*` are Temporal’s own: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, TLS and so on.',
    'A backend is what uses `MooringClient` from the environment, and the CLI. [Configure](../run/configure.md) says where to start.',
    table(['variable', 'who reads it', 'default', 'what it is for'], rows),
  );
}

/** `required`, the default, or an empty text for neither. */
function defaultOf(part: Part, name: VariableName): string {
  const shape: Record<string, z.ZodType> = variablesByPart[part];
  const result = shape[name]?.safeParse(undefined);
  if (result?.success !== true) return 'required';
  const { data } = result;
  if (data === false) return code('0');
  return typeof data === 'string' || typeof data === 'number' ? code(String(data)) : '';
}

function defaultText(values: ReadonlyMap<Part, string>): string {
  const distinct = [...new Set(values.values())];
  if (distinct.length === 1) return distinct.join('');
  const some = [...values].filter(([, value]) => value !== '');
  return some.map(([part, value]) => `${value} (${part})`).join(', ');
}
