/** `rekindle record`: what tables and keys hold now, in lines that a `dataChecksum` compares with after a disaster. */
import { Command, Option } from 'commander';
import { loadConfig, type Config } from '../config.ts';
import { dataChecksum, recordSums } from '../health/checks/data-checksum.ts';
import { sumLine } from '../health/engines/checksum.ts';
import { clustersFromKubeconfig } from '../kube/clusters.ts';
import { type Check, type Plan, stepsOf } from '../model/plan.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { contextOf, loadNamedPlan } from './named-plan.ts';
import { createOutput } from './output.ts';
import { interruptible } from './session.ts';

interface Options {
  readonly plans?: string;
  readonly context?: string;
  readonly check?: string;
}

const help = `
Asks the living site, by the plan's own dataChecksum checks, and prints one line for each table or pattern of keys:
<count> <checksum> <name>. Reads only. Record when nothing writes, as late before the backup as can be; in a ConfigMap
of the site the lines are in the backup and come back with it.

Examples:
  $ rekindle record bookstore
  $ rekindle record bookstore --check catalog-is-the-same > sums
  $ kubectl create configmap catalog-sums -n shop-data --from-file=sums --dry-run=client -o yaml | kubectl apply -f -

Exit codes:
  0 recorded    1 not available: the site did not answer, one sentence says why    2 wrong input`;

/** `rekindle record PLAN`. */
export function recordCommand(): Command {
  return new Command('record')
    .description('Prints what tables and keys of a living site hold, for the dataChecksum checks of a plan.')
    .argument('<plan>', 'name of a plan, or a file')
    .option('--plans <folder>', 'folder in which names are looked up (default: $REKINDLE_PLANS, else ./plans)')
    .addOption(new Option('--check <name>', 'this check alone, where the plan has several'))
    .option('--context <name>', "your kubeconfig's context for the living site; default: the plan's cluster")
    .addHelpText('after', help)
    .action(async (plan: string, options: Options) => {
      await record(plan, options, loadConfig());
      process.exitCode = exitCodes.recovered;
    });
}

async function record(target: string, options: Options, config: Config): Promise<void> {
  const { plan } = await loadNamedPlan(target, options.plans ?? config.plansFolder);
  const wanted = checksumsOf(plan, options.check);
  const output = createOutput(config);
  const clusters = clustersFromKubeconfig(config.kubeconfig);
  const stopper = interruptible();
  try {
    const kube = clusters.client(contextOf(clusters, options.context, plan.cluster));
    for (const check of wanted) {
      const signal = AbortSignal.any([stopper.signal, AbortSignal.timeout(check.timeoutMs)]);
      const namespace = plan.namespaces[0] ?? 'default';
      const sums = await recordSums({ kube, plan, namespace, signal }, dataChecksum.spec.parse(check.spec));
      if ('verdict' in sums) throw new CliError(`${check.name}: ${sums.verdict.message}`, exitCodes.unavailable);
      for (const [name, sum] of sums) output.result(sumLine(name, sum));
    }
  } finally {
    stopper.release();
    await clusters.close();
  }
}

/** The checks to record for; pure. */
export function checksumsOf(plan: Plan, named: string | undefined): readonly Check[] {
  const all = [...[...stepsOf(plan)].flatMap(({ step }) => step.checks), ...plan.verify];
  const sums = all.filter(({ type }) => type === 'dataChecksum');
  if (sums.length === 0)
    throw new CliError(`plan ${plan.name} has no check dataChecksum, so there is nothing to record`);
  if (named === undefined) return sums;
  const found = sums.filter(({ name }) => name === named);
  if (found.length > 0) return found;
  throw new CliError(
    `plan ${plan.name} has no dataChecksum ${named}; it has ${sums.map(({ name }) => name).join(', ')}`,
  );
}
