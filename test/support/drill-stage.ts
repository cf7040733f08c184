/** What a test of the whole drill stands on: the bookstore in a lab, one Backup of it, and a Temporal of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { wipe, type LabInfo } from '../../lab/lab.ts';
import { showEvents } from '../../lab/report.ts';
import { backup, installSite, seed, type Seeded } from '../../lab/sites/bookstore/site.ts';
import { withCluster } from '../../lab/sites/cluster.ts';
import { writeKubeconfig } from '../../src/cli/drill/site.ts';
import { environmentFor, startWorkers, stopWorkers } from '../../src/cli/drill/workers.ts';
import { follow } from '../../src/cli/follow.ts';
import { createOutput } from '../../src/cli/output.ts';
import type { RunLook } from '../../src/cli/run-state.ts';
import type { WorkerProcess } from '../../src/cli/worker-process.ts';
import { loadConfig, type Config } from '../../src/config.ts';
import type { Preview } from '../../src/model/preview.ts';
import type { Report } from '../../src/model/report.ts';
import type { ApproveInput } from '../../src/model/request.ts';
import { updateNames } from '../../src/model/run.ts';
import type { LoadedPlan } from '../../src/plan/load.ts';
import { preview } from '../../src/recovery/preview.ts';
import {
  startEmbeddedTemporal,
  stopProcess,
  type EmbeddedServer,
  type ServerAddress,
} from '../../src/temporal-server.ts';
import { connectTemporal, type Temporal } from '../../src/temporal.ts';

export type RunHandle = WorkflowHandleWithFirstExecutionRunId;

/** Name of the one Backup, where a test wants no other. */
export const backupName = 'before-the-crashes';

// The context that plans/bookstore.yaml names.
const context = 'rekindle-lab-live';

export const say = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);

export class DrillStage {
  readonly config: Config;
  /** What every store held when the Backup was taken. */
  readonly expected: Seeded;
  lab: LabInfo;
  temporal: Temporal;
  workers: readonly WorkerProcess[] = [];
  private server: EmbeddedServer;
  private readonly folder: string;

  private constructor(
    folder: string,
    config: Config,
    lab: LabInfo,
    expected: Seeded,
    server: EmbeddedServer,
    temporal: Temporal,
  ) {
    this.folder = folder;
    this.config = config;
    this.lab = lab;
    this.expected = expected;
    this.server = server;
    this.temporal = temporal;
  }

  /** Fills the lab, takes the Backup, starts Temporal. What it had started is stopped again when it fails. */
  static async set(lab: LabInfo, name = backupName): Promise<DrillStage> {
    const told = (part: string, seconds: number): void => say(`${part}: ${seconds.toFixed(1)} s`);
    await installSite(lab, told);
    const expected = await seed(lab, told);
    await backup(lab, name);
    const folder = await mkdtemp(join(tmpdir(), 'rekindle-crash-proof-'));
    const plansFolder = resolve(import.meta.dirname, '../../plans');
    const config = loadConfig({ ...process.env, REKINDLE_STATE: folder, REKINDLE_PLANS: plansFolder });
    const server = await startEmbeddedTemporal({ config, stateDir: folder, say });
    try {
      return new DrillStage(folder, config, lab, expected, server, await connected(config, server));
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Where its Temporal is. */
  get where(): ServerAddress {
    return this.server;
  }

  async end(): Promise<void> {
    await stopWorkers(this.workers);
    await this.temporal.close();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The disaster. Answers when it happened. */
  async loseTheSite(): Promise<string> {
    const at = new Date().toISOString();
    this.lab = await wipe({ name: this.lab.name, report: showEvents(process.stderr) });
    return at;
  }

  /** What `rekindle preview` would say now. */
  preview(plan: LoadedPlan): Promise<Preview> {
    return withCluster(this.lab, (kube) =>
      preview({
        kube,
        plan: plan.plan,
        planSha256: plan.sha256,
        plansFolder: this.config.plansFolder,
        wish: { backup: backupName },
        intoLiveSite: false,
        signal: AbortSignal.timeout(120_000),
        log: { info: () => undefined, warn: () => undefined },
      }),
    );
  }

  /** A kubeconfig in which the plan's cluster is the lab as it is now. */
  async writeKubeconfig(): Promise<string> {
    const file = join(this.folder, 'kubeconfig');
    await writeKubeconfig(this.lab, context, file);
    return file;
  }

  /** Two workers on the lab as it is now; those from before are stopped. */
  async bringWorkers(): Promise<readonly WorkerProcess[]> {
    await stopWorkers(this.workers);
    this.workers = [];
    const kubeconfig = await this.writeKubeconfig();
    const { config, server, folder } = this;
    this.workers = await startWorkers({ config, server, folder, kubeconfig, keep: false });
    return this.workers;
  }

  /** The server dies, and with it its database; the workers die too. A new, empty server comes up at the same address. */
  async loseTemporal(): Promise<void> {
    const { pid, address, uiUrl } = this.server;
    process.kill(pid, 'SIGKILL');
    for (const worker of this.workers) worker.kill();
    await stopProcess(pid);
    await stopWorkers(this.workers);
    await this.temporal.close();
    for (const suffix of ['', '-shm', '-wal']) await rm(join(this.folder, `temporal.db${suffix}`), { force: true });
    const ports = { port: Number(address.split(':')[1]), uiPort: Number(new URL(uiUrl).port) };
    this.server = await startEmbeddedTemporal({ config: this.config, stateDir: this.folder, say, ...ports });
    this.temporal = await connected(this.config, this.server);
  }

  /** Follows a run to its end and approves its phase two as a person would. Throws when it ends without a report. */
  async toTheEnd(handle: RunHandle, signal: AbortSignal): Promise<Report> {
    const approve = approver(handle);
    const output = createOutput(this.config);
    const { client } = this.temporal;
    const followed = await follow({
      client,
      handle,
      output,
      leaveWhenHeld: false,
      signal,
      everyMs: 500,
      seen: approve,
    });
    if (followed.kind !== 'ended') throw new Error(`run ${handle.workflowId} did not end in time`);
    const { report, message } = followed.end;
    if (report === undefined) throw new Error(`run ${handle.workflowId} ended without a report: ${message ?? ''}`);
    return report;
  }
}

function connected(config: Config, server: EmbeddedServer): Promise<Temporal> {
  return connectTemporal({ ...config, environment: environmentFor(config, server) });
}

/** Sends the approval once; again where it did not get through, since a worker may have died under it. */
function approver(handle: RunHandle): (look: RunLook) => void {
  const input: ApproveInput = { by: 'the test', reason: 'every gate of phase one holds' };
  let sent = false;
  return ({ view }) => {
    if (sent || view?.state !== 'awaiting-approval') return;
    sent = true;
    handle.executeUpdate(updateNames.approve, { args: [input] }).catch((error: unknown) => {
      sent = false;
      say(`the approval did not get through: ${String(error)}`);
    });
  };
}
