/** `rekindle preview`: what would be restored where, and what is in the way. Nothing is restored. */
import { Command } from 'commander';
import { loadConfig, type Config } from '../config.ts';
import { clustersFromKubeconfig } from '../kube/clusters.ts';
import type { Preview } from '../model/preview.ts';
import { preview as previewOf } from '../recovery/preview.ts';
import { parseRequest, RequestError } from '../recovery/request.ts';
import { previewHtml } from '../report/preview-html.ts';
import { previewJson } from '../report/preview-json.ts';
import { previewLines } from '../report/preview-terminal.ts';
import { CliError } from './cli-error.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { contextOf, loadNamedPlan } from './named-plan.ts';
import { outputOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { interruptible } from './session.ts';

/** What may be said beside the plan. */
export interface PreviewOptions {
  readonly plans?: string;
  readonly context?: string;
  readonly backup?: string;
  readonly disasterAt?: string;
  readonly intoLiveSite?: string;
  readonly output: 'text' | 'json' | 'html';
}

const help = `
A name (bookstore) is looked up in the plans folder, as a run does; anything with a slash or that ends in .yaml is a
file. Every object of the Backup is followed to the step that would restore it, and the cluster is asked for what
would stand in the way. A run looks at the same before it begins. Nothing is restored and no lock is taken; a Backup's
contents are read by a DownloadRequest in Velero's namespace, which is removed again.
Permissions are those of your login here; the worker's own are looked at by the run.

Examples:
  $ rekindle preview bookstore
  $ rekindle preview drafts/new.yaml --context admin@dr-east
  $ rekindle preview bookstore -o json | jq '.findings[] | select(.severity == "block")'
  $ rekindle preview bookstore -o html > preview.html

Exit codes:
  0 nothing in the way    3 blocked: a run would be held
  1 not available         4 warnings
  2 wrong input`;

/** `rekindle preview PLAN`. */
export function previewCommand(): Command {
  return new Command('preview')
    .description('Says what a plan would restore where, and what stands in the way. Restores nothing.')
    .argument('<plan>', 'name of a plan, or a file')
    .option('--plans <folder>', 'folder in which names are looked up (default: $REKINDLE_PLANS, else ./plans)')
    .option('--context <name>', "your kubeconfig's context for the plan's cluster, where it has another name there")
    .option('--backup <name>', "look into this Backup instead of the plan's")
    .option(
      '--disaster-at <time>',
      "when the site was lost (ISO 8601): the data's age counts back from it; default: now",
    )
    .option('--into-live-site <cluster>', "the cluster's name once more: what is there is only warned of")
    .addOption(outputOption(['text', 'json', 'html']))
    .addHelpText('after', help)
    .action(async (plan: string, options: PreviewOptions) => {
      const config = loadConfig();
      process.exitCode = await preview(plan, options, config, createOutput(config));
    });
}

/** Looks, prints, and answers with the exit code. Throws a CliError for wrong input, a KubeError where the cluster cannot be asked. */
export async function preview(
  target: string,
  options: PreviewOptions,
  config: Pick<Config, 'plansFolder' | 'kubeconfig'>,
  output: Output,
): Promise<ExitCode> {
  const loaded = await loadNamedPlan(target, options.plans ?? config.plansFolder);
  const { plan } = loaded;
  const request = requestOf(plan.name, options);
  const clusters = clustersFromKubeconfig(config.kubeconfig);
  const stopper = interruptible();
  try {
    const seen = await previewOf({
      kube: clusters.client(contextOf(clusters, options.context, plan.cluster)),
      plan,
      planSha256: loaded.sha256,
      plansFolder: loaded.folder,
      wish: options.backup === undefined ? {} : { backup: options.backup },
      ...(request.disasterAt === undefined ? {} : { disasterAt: new Date(request.disasterAt) }),
      intoLiveSite: request.intoLiveSite === plan.cluster,
      signal: stopper.signal,
      log: { info: () => undefined, warn: () => undefined },
    });
    print(seen, options.output, output);
    return { clear: exitCodes.recovered, warnings: exitCodes.exceptions, blocked: exitCodes.failed }[seen.verdict];
  } finally {
    stopper.release();
    await clusters.close();
  }
}

/** The options that a run would take too, read by the same rules. */
function requestOf(plan: string, { disasterAt, intoLiveSite }: PreviewOptions) {
  try {
    return parseRequest(
      {
        plan,
        ...(disasterAt === undefined ? {} : { disasterAt }),
        ...(intoLiveSite === undefined ? {} : { intoLiveSite }),
      },
      new Date(),
    );
  } catch (error) {
    if (error instanceof RequestError) throw new CliError(error.message);
    throw error;
  }
}

function print(seen: Preview, form: PreviewOptions['output'], output: Output): void {
  switch (form) {
    case 'json':
      output.result(previewJson(seen));
      break;
    case 'html':
      output.result(previewHtml(seen));
      break;
    case 'text':
      output.result(previewLines(seen, { paint: output.colours, columns: output.columns }).join('\n'));
      break;
  }
}
