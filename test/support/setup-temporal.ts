/** Global setup: one embedded Temporal server and one workflow bundle for all files of a project. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedTemporal } from '../../src/temporal-server.ts';
import { bundleWorkflows } from './bundle.ts';
import './provided.ts';

/** Starts the server and builds the bundle; what it returns stops and removes both. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = await mkdtemp(join(tmpdir(), 'rekindle-temporal-'));
  const server = await startEmbeddedTemporal({
    stateDir,
    inMemory: true,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const bundle = join(stateDir, 'workflow-bundle.js');
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(stateDir, { recursive: true, force: true });
  };
  try {
    await writeFile(bundle, (await bundleWorkflows()).code);
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('temporal', { address: server.address, namespace: server.namespace });
  project.provide('workflowBundle', bundle);
  return stop;
}
