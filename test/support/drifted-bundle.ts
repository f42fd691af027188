import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { failureConverterPath } from '../../src/temporal/worker-data-converter.ts';

/** Workflows that cannot continue the runs that today's workflows started. */
export async function bundleDrifted(): Promise<{ code: string }> {
  const workflowsPath = fileURLToPath(new URL('./drifted-workflows.ts', import.meta.url));
  return bundleWorkflowCode({ workflowsPath, failureConverterPath });
}
