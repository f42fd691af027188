import { isGrpcServiceError, type OperatorService } from '@temporalio/client';
import proto from '@temporalio/proto';
import { MooringError } from '../domain/errors.ts';
import { asMooringError } from './errors.ts';
import { searchAttributeKeys } from '../protocol/messages.ts';

const permissionDenied = 7;
const unimplemented = 12;

const { IndexedValueType } = proto.temporal.api.enums.v1;
const wireTypes = {
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Datetime: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
};

export interface SearchAttribute {
  name: string;
  type: keyof typeof wireTypes;
}

/** Mooring's search attributes, with the types that Temporal must have for them. */
const searchAttributes = Object.values(searchAttributeKeys).map(
  ({ name, type }): SearchAttribute => ({
    name,
    type: type === 'DATETIME' ? 'Datetime' : 'Keyword',
  }),
);

/** The arguments that register them with `temporal server start-dev`. */
export function searchAttributeArgs(): string[] {
  return searchAttributes.flatMap(({ name, type }) => ['--search-attribute', `${name}=${type}`]);
}

/** Mooring's search attributes that a namespace does not have. */
export async function readMissingSearchAttributes(
  { operatorService }: { operatorService: OperatorService },
  namespace: string,
): Promise<SearchAttribute[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  return searchAttributes.filter(({ name }) => !Object.hasOwn(customAttributes, name));
}

/**
 * Throws ERR_TEMPORAL_UNAVAILABLE, with each name, if a namespace lacks search attributes of
 * Mooring or has them with another type. If one is missing, no run can start. With type Text, a
 * query would match single words and find too much. If Mooring may not read the list, as in
 * Temporal Cloud, the first start shows the problem.
 */
export async function requireSearchAttributes(
  { operatorService }: { operatorService: OperatorService },
  namespace: string,
): Promise<void> {
  const registered = await operatorService.listSearchAttributes({ namespace }).then(
    ({ customAttributes }) => customAttributes,
    (error: unknown) => {
      if (isGrpcServiceError(error) && [permissionDenied, unimplemented].includes(error.code)) {
        return null;
      }
      throw asMooringError(error);
    },
  );
  if (registered === null) return;
  const problems = searchAttributes.flatMap(({ name, type }) => {
    const found = registered[name];
    if (found === undefined) return [`lacks ${name} (${type})`];
    if (found === wireTypes[type]) return [];
    return [`has ${name} as ${typeName(found)}, and Mooring needs ${type}`];
  });
  if (problems.length === 0) return;
  const message =
    `the search attributes of Temporal’s namespace ${namespace} are not Mooring’s: ` +
    `it ${problems.join('; ')}. Register what it lacks. If one has another type, ` +
    'remove it first, or use another namespace';
  throw new MooringError('ERR_TEMPORAL_UNAVAILABLE', message);
}

/** `Text` for INDEXED_VALUE_TYPE_TEXT, as Temporal’s command line writes it. */
function typeName(type: number): string {
  const words = (IndexedValueType[type] ?? `type ${type}`).replace('INDEXED_VALUE_TYPE_', '');
  return words
    .toLowerCase()
    .replaceAll(/(?:^|_)([a-z])/g, (_, first: string) => first.toUpperCase());
}

/**
 * Registers search attributes. Throws Temporal's error if that is not permitted, as in Temporal
 * Cloud.
 */
export async function addSearchAttributes(
  { operatorService }: { operatorService: OperatorService },
  namespace: string,
  missing: readonly SearchAttribute[],
): Promise<void> {
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, wireTypes[type]])),
  });
}
