import { z } from 'zod';
import { eventTypes, type EndpointFacts, type EventType } from './events.ts';
import { parsedUrl } from '../schemas.ts';
import { signingSecretsSchema } from './signing-secrets.ts';

/** Where events are sent, by the worker's configuration. */
export interface EventEndpoint {
  name: string;
  url: string;
  /** The first is the one in use; during a rotation both sign. */
  secrets: string[];
  events?: EventType[];
  /** Its address may be loopback, private or link-local, and its URL plain http. */
  allowPrivate?: boolean;
}

const endpointSchema = z
  .strictObject({
    // It stands in workflow ids and task queues.
    name: z.string().regex(/^[a-z0-9-]{1,40}$/, 'is not 1 to 40 of a-z, 0-9 and -'),
    url: z
      .string()
      .refine((text) => parsedUrl(text) !== null, 'is not an http(s) URL without credentials'),
    secrets: signingSecretsSchema,
    events: z.array(z.enum(eventTypes)).min(1, 'is empty, leave it out for all').exactOptional(),
    allowPrivate: z.boolean().exactOptional(),
  })
  .refine(({ url, allowPrivate }) => allowPrivate === true || !/^http:/i.test(url), {
    message: 'is plain http, which needs allowPrivate',
    path: ['url'],
  });

/** Reads the JSON of MOORING_EVENT_ENDPOINTS. What it throws names the place and quotes nothing: secrets are near. */
export function parseEventEndpoints(text: string): EventEndpoint[] {
  const result = z.array(endpointSchema).safeParse(fromJson(text));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(issue === undefined ? 'is not valid' : placed(issue));
  }
  const names = result.data.map(({ name }) => name);
  const doubled = names.findIndex((name, index) => names.indexOf(name) < index);
  if (doubled !== -1) throw new Error(`entry ${doubled + 1} has the name of an earlier one`);
  return result.data;
}

export function endpointFacts({ name, events }: EventEndpoint): EndpointFacts {
  return { name, ...(events && { events }) };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('is not JSON');
  }
}

function placed({ code, path, message }: z.core.$ZodIssue): string {
  const [index, ...rest] = path;
  if (index === undefined) return 'is not a JSON array';
  const what =
    code === 'unrecognized_keys' ? 'has an unknown field' : `${rest.join('.')}: ${message}`;
  return `entry ${Number(index) + 1} ${what}`;
}
