/** `rekindle put-back`: starts again what a recovery has stopped, after its run could not. */
import { Command } from 'commander';
import { askHolder } from '../../activities/holder.ts';
import { loadConfig, type Config } from '../config.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../kube/clusters.ts';
import type { KubeClient } from '../kube/types.ts';
import type { QuiesceReport } from '../model/report.ts';
import { refText } from '../model/verdict.ts';
import { findQuiesced, type FoundQuiesced, type LeftBehind } from '../recovery/find-quiesced.ts';
import { type Holder, holderIdentity, type HolderState, readHolder } from '../recovery/lock.ts';
import { putBackAll } from '../recovery/put-back.ts';
import { writeQuiesce } from '../recovery/quiesce.ts';
import { columns } from '../report/columns.ts';
import { printable } from '../report/text.ts';
import { connectTemporal } from '../temporal.ts';
import { CliError } from './cli-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { outputOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { interruptible } from './session.ts';

export interface PutBackOptions {
  readonly context?: string;
  readonly list?: boolean;
  readonly takeOver?: boolean;
  readonly output: 'text' | 'json';
}

const help = `
A run puts back what its plan has quiesced when it ends, however it ends. One that was terminated in Temporal, or lost
with it, cannot: this does it, by the recovery's ledger in the cluster, and by the annotations on the objects where the
ledger is gone too. While the run that holds the site's lock is open nothing is touched.

Examples:
  $ rekindle put-back bookstore --context admin@dr-east --list
  $ rekindle put-back bookstore --context admin@dr-east

Exit codes:
  0 everything is put back, or nothing was quiesced    3 refused: the run is still open
  1 not available                                       4 something is still quiesced
  2 wrong input`;

/** `rekindle put-back SITE`. */
export function putBackCommand(): Command {
  return new Command('put-back')
    .description('Puts back what a recovery has quiesced, where its run was terminated or lost before it could.')
    .argument('<site>', "the site, as the plan's spec.site names it")
    .option(
      '--context <name>',
      "your kubeconfig's context for the site's cluster; may be left out where it has only one",
    )
    .option('--list', 'only say what is quiesced; change nothing')
    .option('--take-over', 'do not ask Temporal whether the run is open: you have made sure that it is dead')
    .addOption(outputOption())
    .addHelpText('after', help)
    .action(async (site: string, options: PutBackOptions) => {
      const config = loadConfig();
      process.exitCode = await putBack(site, options, config, createOutput(config));
    });
}

/** Finds, refuses or puts back, prints. Throws CliError for a run that is open, KubeError where the cluster cannot be asked. */
export async function putBack(
  site: string,
  options: PutBackOptions,
  config: Config,
  output: Output,
): Promise<ExitCode> {
  const clusters = clustersFromKubeconfig(config.kubeconfig);
  const stopper = interruptible();
  try {
    const kube = clusters.client(contextOf(clusters, options.context));
    const found = await findQuiesced(kube, site, stopper.signal);
    if (options.list) return print({ site, kube, output, form: options.output, found, done: listedOnly(found) });
    const holder = await readHolder(kube, site, stopper.signal);
    const dead = options.takeOver ? found.recoveries : await deadOnes(site, found.recoveries, holder, config);
    const done: Done[] = [];
    for (const left of dead) {
      const reports = await putBackOf({ kube, site, holder, signal: stopper.signal, output }, left);
      done.push({ recovery: left.recovery, ledger: left.ledger, objects: reports });
    }
    return print({ site, kube, output, form: options.output, found, done });
  } finally {
    stopper.release();
    await clusters.close();
  }
}

function contextOf(clusters: ClusterSource, asked: string | undefined): string {
  const known = clusters.contexts.join(', ') || 'none';
  const [only, second] = clusters.contexts;
  if (asked === undefined && only !== undefined && second === undefined) return only;
  if (asked === undefined) throw new CliError(`say which cluster: --context with one of the kubeconfig's (${known})`);
  if (!clusters.contexts.includes(asked)) throw new CliError(`the kubeconfig has no context ${asked}; it has ${known}`);
  return asked;
}

/**
 * What may be put back: not what the open holder of the lock has quiesced itself, which it does at its end. Throws a CliError
 * where nothing else is there, or where nobody can say whether the holder is open.
 */
async function deadOnes(
  site: string,
  recoveries: readonly LeftBehind[],
  holder: Holder | undefined,
  config: Config,
): Promise<readonly LeftBehind[]> {
  if (!holder || recoveries.length === 0) return recoveries;
  const state = await holderState(holder, config);
  const others = recoveries.filter(({ recovery }) => recovery !== holder.recovery);
  if (state === 'open' && others.length > 0) return others;
  refuseHeld(site, holder, state);
  return recoveries;
}

function refuseHeld(site: string, holder: Holder, state: HolderState): void {
  const who = `recovery ${holder.recovery} (workflow ${holder.chain.workflowId}, ${holder.link || holder.temporalAddress})`;
  if (state === 'open')
    throw new CliError(
      `${who} is open and holds site ${site}: it puts back what it has quiesced when it ends; abort it, or let it end`,
      exitCodes.failed,
    );
  if (state === 'elsewhere')
    throw new CliError(
      `site ${site} is held by ${who}, at a Temporal that cannot be asked from here; make sure that it is dead, then add --take-over`,
      exitCodes.failed,
    );
}

async function holderState(holder: Holder, config: Config): Promise<HolderState> {
  const temporal = await connectTemporal(config);
  try {
    return await askHolder({ client: temporal.client, temporal }, holder);
  } finally {
    await temporal.close();
  }
}

interface Done {
  readonly recovery: string;
  readonly ledger: boolean;
  readonly objects: readonly QuiesceReport[];
}

function listedOnly({ recoveries }: FoundQuiesced): readonly Done[] {
  return recoveries.map(({ recovery, ledger, entries }) => ({
    recovery,
    ledger,
    objects: entries.map(({ kind, namespace = '', name }) => ({ kind, namespace, name, state: 'left quiesced' })),
  }));
}

interface Where {
  readonly kube: KubeClient;
  readonly site: string;
  readonly holder: Holder | undefined;
  readonly signal: AbortSignal;
  readonly output: Output;
}

async function putBackOf(
  { kube, site, holder, signal, output }: Where,
  left: LeftBehind,
): Promise<readonly QuiesceReport[]> {
  const { recovery, entries } = left;
  const reports = await putBackAll({
    kube,
    recovery,
    entries,
    check: async () => {
      const now = await readHolder(kube, site, signal);
      if (now && (!holder || holderIdentity(now.chain) !== holderIdentity(holder.chain)))
        throw new CliError(
          `recovery ${now.recovery} has begun on site ${site} meanwhile: let it end`,
          exitCodes.failed,
        );
    },
    note: async (entry) => {
      if (left.ledger) await writeQuiesce(kube, recovery, [{ before: {}, ...entry, state: 'put back' }], signal);
    },
    say: (reason) => output.note(reason),
    signal,
  });
  // What no step ever brought was never quiesced.
  return reports.filter(({ state }) => state !== 'not there');
}

interface Printed {
  readonly site: string;
  readonly kube: KubeClient;
  readonly output: Output;
  readonly form: PutBackOptions['output'];
  readonly found: FoundQuiesced;
  readonly done: readonly Done[];
}

function print({ site, kube, output, form, found, done }: Printed): ExitCode {
  const all = done.flatMap(({ recovery, objects }) => objects.map((object) => ({ recovery, ...object })));
  const left = all.filter(({ state }) => state === 'left quiesced').length;
  if (form === 'json')
    output.result(JSON.stringify({ site, context: kube.context, recoveries: done, left, unread: found.unread }));
  else {
    if (all.length === 0) output.result(`nothing of site ${site} is quiesced in ${kube.context}`);
    const rows = all.map((one) => [printable(refText(one)), one.state, one.recovery, printable(one.why ?? '')]);
    for (const line of columns(rows)) output.result(line.trimEnd());
    if (found.unread.length > 0)
      output.note(`your login may not list every ${found.unread.join(', ')}: those whose ledger is gone are not found`);
  }
  return left > 0 ? exitCodes.exceptions : exitCodes.recovered;
}
