import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import { MooringError } from './domain/errors.ts';
import { failureConverterPath } from './temporal/worker-data-converter.ts';

const localPath = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const prebuiltPath = localPath('./workflow-bundle.js');

/** Bundles the workflows of this source tree. It takes about a second. */
export async function bundleWorkflows(): Promise<{ code: string }> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return bundleWorkflowCode({
    workflowsPath: localPath(`./workflows/index.${extension}`),
    workflowInterceptorModules: [localPath(`./workflows/no-old-time.${extension}`)],
    failureConverterPath,
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
}

/**
 * The bundle that `npm run build` wrote next to this file. In development there is none, so this
 * builds one.
 */
export async function loadWorkflowBundle(path?: string): Promise<WorkflowBundleOption> {
  if (path !== undefined && !existsSync(path)) {
    const message = `MOORING_WORKFLOW_BUNDLE: there is no file ${path}`;
    throw new MooringError('ERR_INVALID_INPUT', message);
  }
  const codePath = path ?? (existsSync(prebuiltPath) ? prebuiltPath : undefined);
  return codePath === undefined ? bundleWorkflows() : { codePath };
}

/**
 * The path of a bundle that several worker processes can share. If there is none yet, this builds
 * it in the folder.
 */
export async function prepareSharedBundle(folder: string): Promise<string> {
  if (existsSync(prebuiltPath)) return prebuiltPath;
  const path = join(folder, 'workflow-bundle.js');
  await writeBundle(path);
  return path;
}

/** A step of `npm run build`, and what tests share. */
export async function writeBundle(path: string): Promise<void> {
  const { code } = await bundleWorkflows();
  await writeFile(path, code);
}
