import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { dataConverter, type DataConverterOptions } from './data-converter.ts';

/**
 * Also for `bundleWorkflowCode`: a prebuilt bundle ignores the converters of the worker's options.
 */
export const failureConverterPath = fileURLToPath(
  new URL('./failure-converter.cjs', import.meta.url),
);

/**
 * The data converter of a worker. It also encodes the texts of failures, which only workers write.
 * Every client can read them. A client must not need this file: the SDK loads it by its path, and
 * a bundled backend has no such path.
 */
export function workerDataConverter(options: DataConverterOptions = {}): DataConverter {
  if (options.encryptionKeys === undefined) return {};
  return { ...dataConverter(options), failureConverterPath };
}
