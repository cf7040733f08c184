/** What all cells stand on: one lab with the chaos site and its Backup, a Temporal with a database, workers behind a door. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabInfo } from '../../lab/lab.ts';
import { applyAll } from '../../lab/sites/cluster.ts';
import { installChaosSite } from '../../lab/sites/chaos/site.ts';
import { environmentFor } from '../../src/cli/drill/workers.ts';
import { startWorkerProcess, type WorkerProcess } from '../../src/cli/worker-process.ts';
import { loadConfig, type Config } from '../../src/config.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { startEmbeddedTemporal, stopProcess, type EmbeddedServer } from '../../src/temporal-server.ts';
import { connectTemporal, type Temporal } from '../../src/temporal.ts';
import { type Door, openDoor } from './door.ts';
import { chaosContext, chaosPlan, chaosPlanText, keeperNamespace } from './plan.ts';
import { buildProduct } from './product.ts';

export const say = (line: string): void =>
  void process.stderr.write(`${new Date().toISOString().slice(11, 23)} ${line}\n`);

/** Made once for many cells. */
export class ChaosStage {
  readonly lab: LabInfo;
  /** The administrator's way to the cluster: not through the door. */
  readonly kube: KubeClient;
  readonly door: Door;
  /** What the store held when the Backup was taken. */
  readonly expected: string;
  temporal: Temporal;
  private readonly clientsBefore: Temporal[] = [];
  private workers: WorkerProcess[] = [];
  private server: EmbeddedServer;
  private started = 0;
  private readonly clusters: ClusterSource;
  private readonly config: Config;
  private readonly folder: string;
  private readonly program: string;

  private constructor(made: {
    lab: LabInfo;
    clusters: ClusterSource;
    door: Door;
    expected: string;
    config: Config;
    program: string;
    server: EmbeddedServer;
    temporal: Temporal;
  }) {
    this.lab = made.lab;
    this.clusters = made.clusters;
    this.kube = made.clusters.client(made.lab.context);
    this.door = made.door;
    this.expected = made.expected;
    this.config = made.config;
    this.folder = made.config.stateDir;
    this.program = made.program;
    this.server = made.server;
    this.temporal = made.temporal;
  }

  /** Fills the lab and starts Temporal. What it had started is stopped again when it fails. */
  static async set(lab: LabInfo): Promise<ChaosStage> {
    const undo: (() => Promise<unknown>)[] = [];
    try {
      const folder = await mkdtemp(join(tmpdir(), 'rekindle-chaos-'));
      undo.push(() => rm(folder, { recursive: true, force: true }));
      const clusters = clustersFromKubeconfig(lab.kubeconfig);
      undo.push(() => clusters.close());
      const kube = clusters.client(lab.context);
      await applyAll(kube, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: keeperNamespace } }]);
      const expected = await installChaosSite(kube);
      say(`the site holds ${expected}`);
      const program = await buildProduct(join(folder, 'product'));
      const door = await openDoor(lab.kubeconfig);
      undo.push(() => door.close());
      const plansFolder = join(folder, 'plans');
      await mkdir(plansFolder);
      await writeFile(join(plansFolder, `${chaosPlan}.yaml`), chaosPlanText());
      await writeFile(join(folder, 'kubeconfig'), door.kubeconfig(chaosContext), { mode: 0o600 });
      const config = loadConfig({ ...process.env, REKINDLE_STATE: folder, REKINDLE_PLANS: plansFolder });
      const server = await startEmbeddedTemporal({ config, stateDir: folder, say });
      undo.push(() => server.stop());
      const temporal = await connected(config, server);
      return new ChaosStage({ lab, clusters, door, expected, config, program, server, temporal });
    } catch (error) {
      for (const step of undo.toReversed()) await step().catch(() => undefined);
      throw error;
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    for (const temporal of [this.temporal, ...this.clientsBefore]) await temporal.close();
    await this.server.stop();
    await this.door.close();
    await this.clusters.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Sees to it that just so many workers poll. */
  async staff(count: number): Promise<void> {
    while (this.workers.length > count) await this.workers.pop()?.stop();
    const missing = count - this.workers.length;
    await Promise.all(Array.from({ length: missing }, () => this.hire()));
  }

  /** One worker more; returns when it polls. */
  async hire(): Promise<WorkerProcess> {
    const { config, server, folder, program } = this;
    this.started += 1;
    const environment = {
      ...environmentFor(config, server),
      REKINDLE_KUBECONFIG: join(folder, 'kubeconfig'),
      REKINDLE_PLANS: config.plansFolder,
      REKINDLE_STATE: folder,
    };
    const logFile = join(folder, `worker-${this.started}.log`);
    const worker = await startWorkerProcess({ environment, logFile, tied: true, uiUrl: server.uiUrl, program });
    this.workers.push(worker);
    return worker;
  }

  /** SIGKILL for the worker with this identity, or, where it is none of ours, for any. */
  async killWorker(identity: string | undefined): Promise<WorkerProcess> {
    const worker = this.workers.find((one) => one.identity === identity) ?? this.workers[0];
    if (worker === undefined) throw new Error('no worker is left to be killed');
    this.workers = this.workers.filter((one) => one !== worker);
    worker.kill();
    await worker.ended;
    return worker;
  }

  /** SIGKILL for the Temporal server. */
  async killTemporal(): Promise<void> {
    process.kill(this.server.pid, 'SIGKILL');
    await stopProcess(this.server.pid);
  }

  /** A server on the same database, at the same ports. Returns when it serves. */
  async startTemporal(): Promise<void> {
    const { address, uiUrl } = this.server;
    const ports = { port: Number(address.split(':')[1]), uiPort: Number(new URL(uiUrl).port) };
    this.server = await startEmbeddedTemporal({ config: this.config, stateDir: this.folder, say, ...ports });
    // What was sent before is tried again by its own client, which is closed only at the end: a closed one never answers.
    this.clientsBefore.push(this.temporal);
    this.temporal = await connected(this.config, this.server);
  }

  /** The folder of the workers' logs. */
  get logs(): string {
    return this.folder;
  }
}

function connected(config: Config, server: EmbeddedServer): Promise<Temporal> {
  return connectTemporal({ ...config, environment: environmentFor(config, server) });
}
