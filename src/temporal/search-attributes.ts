import { isGrpcServiceError, type OperatorService } from '@temporalio/client';
import proto from '@temporalio/proto';
import { MooringError } from '../domain/errors.ts';
import { asMooringError } from './failures.ts';
import { searchAttributeKeys } from '../workflows/messages.ts';

const permissionDenied = 7;
const unimplemented = 12;

const { INDEXED_VALUE_TYPE_KEYWORD, INDEXED_VALUE_TYPE_DATETIME } =
  proto.temporal.api.enums.v1.IndexedValueType;

export interface SearchAttribute {
  name: string;
  type: 'Keyword' | 'Datetime';
}

/** What Temporal must know our search attributes as. */
const searchAttributes = Object.values(searchAttributeKeys).map(
  ({ name, type }): SearchAttribute => ({
    name,
    type: type === 'DATETIME' ? 'Datetime' : 'Keyword',
  }),
);

/** What `temporal server start-dev` has to be told, as arguments. */
export function searchAttributeArgs(): string[] {
  return searchAttributes.flatMap(({ name, type }) => ['--search-attribute', `${name}=${type}`]);
}

/** Those of ours that a namespace does not have (yet). */
export async function missingSearchAttributes(
  { operatorService }: { operatorService: OperatorService },
  namespace: string,
): Promise<SearchAttribute[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  return searchAttributes.filter(({ name }) => !Object.hasOwn(customAttributes, name));
}

/**
 * Throws ERR_TEMPORAL_UNAVAILABLE, naming them, when a namespace lacks some of ours: no run could start.
 * Where we may not ask, as in Temporal Cloud, the first start will tell.
 */
export async function requireSearchAttributes(
  connection: { operatorService: OperatorService },
  namespace: string,
): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace).catch((error: unknown) => {
    if (isGrpcServiceError(error) && [permissionDenied, unimplemented].includes(error.code)) {
      return [];
    }
    throw asMooringError(error);
  });
  if (missing.length === 0) return;
  const message = `Temporal’s namespace ${namespace} lacks the search attributes ${missing
    .map(({ name, type }) => `${name} (${type})`)
    .join(', ')}`;
  throw new MooringError('ERR_TEMPORAL_UNAVAILABLE', message);
}

/** Registers them; throws what Temporal answers where that is not permitted, as in Temporal Cloud. */
export async function addSearchAttributes(
  { operatorService }: { operatorService: OperatorService },
  namespace: string,
  missing: readonly SearchAttribute[],
): Promise<void> {
  const types = { Keyword: INDEXED_VALUE_TYPE_KEYWORD, Datetime: INDEXED_VALUE_TYPE_DATETIME };
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, types[type]])),
  });
}
