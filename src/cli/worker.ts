import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { keepYoungHeapSmall } from '../heap.ts';
import { createLog } from '../log.ts';
import { exitCodes } from './exit-codes.ts';

interface Options {
  readonly uiUrl?: string;
  readonly tied?: boolean;
  readonly templates: boolean;
  readonly check?: boolean;
}

const help = `
The worker carries recoveries out: it polls Temporal's task queue "rekindle", reads plans from its plans folder and acts
on the clusters of its kubeconfig. When it starts it also prepares Temporal's UI: search attributes, and for each plan
a template run that only looks, from which the form Start Workflow is filled in (rekindle runbooks). Run two or more; when one dies, another goes on within seconds. SIGTERM hands over.

Environment:
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, …   as for the temporal command line
  REKINDLE_PLANS        folder of the plans (default ./plans)
  REKINDLE_UI_URL       address of Temporal's UI, for links; the same as --ui-url
  REKINDLE_KUBECONFIG   its contexts are what plans call cluster (default KUBECONFIG, else ~/.kube/config)

Logs go to standard error: JSON lines in a pipe, readable lines in a terminal.

Example:
  $ TEMPORAL_ADDRESS=temporal.example:7233 REKINDLE_KUBECONFIG=clusters.yaml rekindle worker`;

/** `rekindle worker`. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('Runs a worker until SIGTERM or Ctrl-C.')
    .option('--ui-url <url>', "address of Temporal's UI, for links in reports and locks")
    .option('--no-templates', "prepare no template runs for the forms of Temporal's UI")
    .option('--check', 'run none: ask whether the worker of this host polls (for health checks); 0 is yes, 1 no')
    .option('--tied', 'end when standard input is closed: with the process that started this one')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      const config = loadConfig();
      if (options.check) {
        const { checkWorker } = await import('./worker-check.ts');
        process.exitCode = await checkWorker(config);
        return;
      }
      keepYoungHeapSmall();
      const { runWorker } = await import('../worker.ts');
      const terminal = process.stderr.isTTY === true;
      const log = createLog({
        json: !terminal,
        colour: terminal && !config.noColor,
        write: (line) => process.stderr.write(`${line}\n`),
      });
      if (options.tied) process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGTERM'));
      try {
        const { templates } = options;
        await runWorker({ config, log, templates, ...(options.uiUrl === undefined ? {} : { uiUrl: options.uiUrl }) });
      } finally {
        process.stdin.destroy(); // an open pipe would keep a failed worker alive
      }
      process.exitCode = exitCodes.recovered;
    });
}
