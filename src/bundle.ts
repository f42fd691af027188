import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import { MooringError } from './domain/errors.ts';
import { failureConverterPath } from './temporal/data-converter.ts';

const local = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const prebuilt = local('./workflow-bundle.js');

/** Bundles the workflows of this very tree, about a second's work. */
export async function bundleWorkflows(): Promise<{ code: string }> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return bundleWorkflowCode({
    workflowsPath: local(`./workflows/index.${extension}`),
    workflowInterceptorModules: [local(`./workflows/no-old-time.${extension}`)],
    failureConverterPath,
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
}

/** The bundle that `npm run build` left beside this file, or, in development, one made now. */
export async function workflowBundle(path?: string): Promise<WorkflowBundleOption> {
  if (path !== undefined && !existsSync(path)) {
    const message = `MOORING_WORKFLOW_BUNDLE: there is no ${path}`;
    throw new MooringError('ERR_INVALID_INPUT', message);
  }
  const codePath = path ?? (existsSync(prebuilt) ? prebuilt : undefined);
  return codePath === undefined ? bundleWorkflows() : { codePath };
}

/** The path of one that several worker processes can share, made in this folder where there is none yet. */
export async function sharedBundle(folder: string): Promise<string> {
  if (existsSync(prebuilt)) return prebuilt;
  const path = join(folder, 'workflow-bundle.js');
  await writeBundle(path);
  return path;
}

/** The last step of `npm run build`. */
export async function writeBundle(path = prebuilt): Promise<void> {
  const { code } = await bundleWorkflows();
  await writeFile(path, code);
}
