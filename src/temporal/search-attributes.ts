import type { OperatorService } from '@temporalio/client';
import proto from '@temporalio/proto';
import { searchAttributeKeys } from '../workflows/messages.ts';

const { INDEXED_VALUE_TYPE_KEYWORD } = proto.temporal.api.enums.v1.IndexedValueType;

/** The names under which Temporal must know our search attributes, all of type Keyword. */
const searchAttributeNames = Object.values(searchAttributeKeys).map(({ name }) => name);

/** What `temporal server start-dev` has to be told, as arguments. */
export function searchAttributeArgs(): string[] {
  return searchAttributeNames.flatMap((name) => ['--search-attribute', `${name}=Keyword`]);
}

/** Those of ours that a namespace does not have (yet). */
export async function missingSearchAttributes(
  { operatorService }: { operatorService: OperatorService },
  namespace: string,
): Promise<string[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  return searchAttributeNames.filter((name) => !Object.hasOwn(customAttributes, name));
}

/** Registers them; throws what Temporal answers where that is not permitted, as in Temporal Cloud. */
export async function addSearchAttributes(
  { operatorService }: { operatorService: OperatorService },
  namespace: string,
  names: readonly string[],
): Promise<void> {
  const searchAttributes = Object.fromEntries(
    names.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]),
  );
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
}
