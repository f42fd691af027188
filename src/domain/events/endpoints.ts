import { z } from 'zod';
import { eventTypes, type EndpointFacts, type EventType } from './events.ts';
import { parseUrl } from '../schemas.ts';
import { signingSecretsSchema } from './signing-secrets.ts';
import { defined } from '../defined.ts';
import { inputMessage } from '../input-message.ts';

/** An endpoint that receives events, from the worker's configuration. */
export interface EventEndpoint {
  name: string;
  url: string;
  /** One secret, or two during a rotation: then both sign. */
  secrets: string[];
  events?: EventType[];
  /** Allows a loopback, private or link-local address, and plain http. */
  allowPrivate?: boolean;
}

const endpointSchema = z
  .strictObject({
    // The name is part of workflow ids and task queue names.
    name: z.string().regex(/^[a-z0-9-]{1,40}$/, 'is not 1 to 40 of a-z, 0-9 and -'),
    url: z
      .string()
      .refine((text) => parseUrl(text) !== null, 'is not an http(s) URL without credentials'),
    secrets: signingSecretsSchema,
    events: z.array(z.enum(eventTypes)).min(1, 'is empty; omit it for all events').exactOptional(),
    allowPrivate: z.boolean().exactOptional(),
  })
  .refine(({ url, allowPrivate }) => allowPrivate === true || !/^http:/i.test(url), {
    message: 'is plain http, which needs allowPrivate',
    path: ['url'],
  });

/**
 * Parses the JSON of MOORING_EVENT_ENDPOINTS. An error names the field and never quotes a value,
 * because the JSON contains secrets.
 */
export function parseEventEndpoints(text: string): EventEndpoint[] {
  const result = z.array(endpointSchema).safeParse(parseJson(text), { error: inputMessage });
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(issue === undefined ? 'is not valid' : issueMessage(issue));
  }
  const names = result.data.map(({ name }) => name);
  const doubled = names.findIndex((name, index) => names.indexOf(name) < index);
  if (doubled !== -1) throw new Error(`entry ${doubled + 1} has the name of an earlier one`);
  return result.data;
}

export function endpointFacts({ name, events }: EventEndpoint): EndpointFacts {
  return { name, ...defined({ events }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('is not JSON');
  }
}

function issueMessage({ code, path, message }: z.core.$ZodIssue): string {
  const [index, ...rest] = path;
  if (index === undefined) return 'is not a JSON array';
  const what =
    code === 'unrecognized_keys' ? 'has an unknown field' : `${rest.join('.')}: ${message}`;
  return `entry ${Number(index) + 1} ${what}`;
}
