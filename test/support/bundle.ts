import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type LogEntry, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

/** The file that names every workflow of this project. */
export const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

/** A bundle and what the bundler had to say about it. */
export interface Bundle extends WorkflowBundleWithSourceMap {
  /** Warnings and errors, one line each. */
  readonly complaints: readonly string[];
  /** Sources that went into the bundle, as webpack names them: `./src/model/run.ts`, `./node_modules/zod/…`. */
  readonly modules: readonly string[];
}

/** Bundles the workflows as a worker does. Throws where a forbidden module is imported. */
export async function bundleWorkflows(path: string = workflowsPath): Promise<Bundle> {
  const entries: LogEntry[] = [];
  const modules: string[] = [];
  const bundle = await bundleWorkflowCode({
    workflowsPath: path,
    logger: new DefaultLogger('WARN', (entry) => entries.push(entry)),
    webpackConfigHook: (config) => ({
      ...config,
      plugins: [
        ...(config.plugins ?? []),
        (compiler) =>
          compiler.hooks.done.tap('list-modules', (stats) => {
            for (const module of stats.compilation.modules) {
              const name = module.nameForCondition();
              if (name !== null) modules.push(name);
            }
          }),
      ],
    }),
  });
  return { ...bundle, complaints: entries.map((entry) => entry.message), modules };
}
