/** The drill: a site is lost and comes back, from the first build to the last process stopped. */
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LabInfo } from '../../../lab/lab.ts';
import type { Config } from '../../config.ts';
import { language } from '../../language.ts';
import type { DataReport } from '../../model/report.ts';
import { issueText } from '../../plan/language.ts';
import { loadPlanByName } from '../../plan/load.ts';
import { reportJson } from '../../report/json.ts';
import { reportLines } from '../../report/terminal.ts';
import { connectTemporal } from '../../temporal.ts';
import { startEmbeddedTemporal, type EmbeddedServer } from '../../temporal-server.ts';
import { CliError, sentenceOf } from '../cli-error.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { createOutput, type Output } from '../output.ts';
import { printEnd } from '../print-end.ts';
import type { RunEnd } from '../run-end.ts';
import { interruptible } from '../session.ts';
import type { WorkerProcess } from '../worker-process.ts';
import type { Killed, KillPoint } from './killer.ts';
import { Parts } from './parts.ts';
import { drillReport, keepReport } from './record.ts';
import { recoverInDrill } from './recovery.ts';
import { loadSite, writeKubeconfig, type Site } from './site.ts';
import { environmentFor, startWorkers, stopKept, stopWorkers } from './workers.ts';

export interface DrillOptions {
  readonly config: Config;
  /** Absent: no worker is killed. */
  readonly kill?: KillPoint;
  readonly keep: boolean;
  readonly json: boolean;
  /** Of the lab. */
  readonly name?: string;
}

const planName = 'bookstore';

/** Runs the whole drill and stops everything, also when it fails or is interrupted. Returns the exit code. */
export async function drill(options: DrillOptions): Promise<number> {
  const output = createOutput(options.config);
  const stopper = interruptible();
  const parts = new Parts(output, stopper.signal);
  let exitCode: number;
  try {
    exitCode = await act(options, parts, output, stopper.signal);
  } catch (error) {
    output.note(`rekindle: ${sentenceOf(error)}`);
    exitCode = error instanceof CliError ? error.exitCode : exitCodes.failed;
  }
  if (options.keep) return exitCode;
  if (stopper.signal.aborted) parts.tell('stopping everything; what has just been begun ends first');
  const clean = await parts.end();
  stopper.release();
  return clean || exitCode !== exitCodes.recovered ? exitCode : exitCodes.failed;
}

interface Stage {
  readonly options: DrillOptions;
  readonly parts: Parts;
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly site: Site;
  readonly server: EmbeddedServer;
  readonly folder: string;
  /** The context that the plan names. */
  readonly context: string;
}

async function act(options: DrillOptions, parts: Parts, output: Output, signal: AbortSignal): Promise<number> {
  const { config } = options;
  // First: an installed package has no lab, whatever the plans folder holds.
  const site = await loadSite(options.name, (line) => parts.tell(line));
  const context = await contextOfPlan(config.plansFolder);
  const folder = join(config.stateDir, options.name === undefined ? 'drill' : `drill-${options.name}`);
  const server = await parts.part('Temporal', () => bringTemporal(config, folder, parts));
  const stage: Stage = { options, parts, output, signal, site, server, folder, context };
  parts.atEnd('lab taken down', () => site.down());
  let lab = await parts.part('lab', () => site.up());
  const { backup, expected } = await fill(stage, lab);
  // Before the disaster, as it would be: workers run elsewhere. The lab keeps its address and its keys over a wipe.
  const workers = await bringWorkers(stage, lab);
  const disasterAt = new Date().toISOString();
  lab = await parts.part('disaster: the site is wiped', () => site.wipe());
  const { end, killed } = await recover(stage, workers, { backup, disasterAt });
  if (end.report === undefined) return printEnd(end, output, options.json ? 'json' : 'text');
  const data = await parts.part('data compared', () => site.verify(lab, expected));
  return conclude(stage, end, data, killed);
}

async function contextOfPlan(plansFolder: string): Promise<string> {
  const loaded = await loadPlanByName(planName, plansFolder, language);
  if (!('issues' in loaded)) return loaded.plan.cluster;
  const [first] = loaded.issues;
  throw new CliError(first === undefined ? `plan ${planName} is not valid` : issueText(first));
}

/** A database of its own, empty each time: a run that an earlier drill left behind must not go on in this one. */
async function bringTemporal(config: Config, folder: string, parts: Parts): Promise<EmbeddedServer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (await stopKept(folder)) parts.tell('  stopped what an earlier drill had kept running');
  for (const suffix of ['', '-shm', '-wal']) await rm(join(folder, `temporal.db${suffix}`), { force: true });
  const say = (line: string): void => parts.tell(`  ${line}`);
  const server = await startEmbeddedTemporal({ config, stateDir: folder, say });
  parts.atEnd('Temporal stopped', () => server.stop());
  parts.tell(`Temporal UI: ${server.uiUrl}`);
  return server;
}

async function fill({ parts, site }: Stage, lab: LabInfo) {
  await parts.part('bookstore installed', () => site.install(lab));
  const expected = await parts.part('bookstore seeded', () => site.seed(lab));
  const backup = `drill-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}`;
  await parts.part(`backup ${backup}`, () => site.backup(lab, backup));
  return { backup, expected };
}

interface Loss {
  readonly backup: string;
  readonly disasterAt: string;
}

async function bringWorkers(stage: Stage, lab: LabInfo): Promise<readonly WorkerProcess[]> {
  const { options, parts, server, folder } = stage;
  const { config, keep } = options;
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(lab, stage.context, kubeconfig);
  const workers = await parts.part('two workers', () => startWorkers({ config, server, folder, kubeconfig, keep }));
  parts.atEnd('workers stopped', () => stopWorkers(workers));
  return workers;
}

async function recover(
  stage: Stage,
  workers: readonly WorkerProcess[],
  loss: Loss,
): Promise<{ readonly end: RunEnd; readonly killed?: Killed }> {
  const { options, parts, output, signal, server } = stage;
  const { config } = options;
  const temporal = {
    ...(await connectTemporal({ ...config, environment: environmentFor(config, server) })),
    uiUrl: server.uiUrl,
  };
  try {
    const request = { plan: planName, onFailure: 'abort', onApproval: 'wait', reason: 'drill', ...loss } as const;
    const tell = (line: string): void => parts.tell(line);
    const work = {
      config,
      temporal,
      request,
      workers,
      output,
      tell,
      signal,
      ...(options.kill === undefined ? {} : { kill: options.kill }),
    };
    return await parts.part('recovery', () => recoverInDrill(work));
  } finally {
    await temporal.close();
  }
}

async function conclude(
  stage: Stage,
  end: RunEnd,
  data: readonly DataReport[],
  killed: Killed | undefined,
): Promise<number> {
  const { options, parts, output, server } = stage;
  if (end.report === undefined) return end.exitCode;
  const report = drillReport(end.report, data, parts.times, killed);
  const kept = await keepReport(report, options.config.stateDir);
  if (options.json) output.result(reportJson(report).trimEnd());
  else output.result(reportLines(report, output.colours).join('\n'));
  parts.tell(`report: ${kept.html}, and beside it ${basename(kept.markdown)} and ${basename(kept.json)}`);
  if (options.keep)
    parts.tell(
      `kept running; look at it with TEMPORAL_ADDRESS=${server.address} npx rekindle report ${report.recovery}, UI ${server.uiUrl}`,
    );
  const exitCode = exitCodeOf(report.outcome);
  if (options.kill !== undefined && killed === undefined && exitCode !== exitCodes.failed) {
    output.note(`rekindle: no worker was killed: tier ${options.kill.tier} and all after it were over too soon`);
    return exitCodes.failed;
  }
  return exitCode;
}
