import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type BundleOptions,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';

/** The file that names every workflow of this project. */
export const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

type BundlerConfig = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];
type BundlerHook = Extract<NonNullable<BundlerConfig['plugins']>[number], (...args: never) => unknown>;

/** A bundle and what the bundler had to say about it. */
export interface Bundle extends WorkflowBundleWithSourceMap {
  /** Warnings and errors, one line each. */
  readonly complaints: readonly string[];
  /** Sources that went into the bundle, as webpack names them: `./src/model/run.ts`, `./node_modules/zod/…`. */
  readonly modules: readonly string[];
}

/** Bundles the workflows as a worker does. Throws, with the bundler's own words, where a forbidden module is imported. */
export async function bundleWorkflows(path: string = workflowsPath): Promise<Bundle> {
  const complaints: string[] = [];
  const modules: string[] = [];
  const list: BundlerHook = (compiler) =>
    compiler.hooks.done.tap('list-modules', ({ compilation }) => {
      for (const module of compilation.modules) modules.push(module.nameForCondition() ?? '');
    });
  try {
    const bundle = await bundleWorkflowCode({
      workflowsPath: path,
      logger: new DefaultLogger('WARN', ({ message, meta }) =>
        complaints.push(`${message} ${JSON.stringify(meta ?? {})}`),
      ),
      webpackConfigHook: (config) => ({ ...config, plugins: [...(config.plugins ?? []), list] }),
    });
    return { ...bundle, complaints, modules: modules.filter((name) => name !== '') };
  } catch (error) {
    throw new Error(`the workflows do not bundle: ${complaints.join('\n')}`, { cause: error });
  }
}
