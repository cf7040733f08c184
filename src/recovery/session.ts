import type { DriverContext, Log } from '../drivers/driver.ts';
import { drivers } from '../drivers/registry.ts';
import type { ClusterSource } from '../kube/clusters.ts';
import type { KubeClient } from '../kube/types.ts';
import type { WatchHubs } from '../kube/watch-hub.ts';
import { WatchedReads } from '../kube/watching.ts';
import { language } from '../language.ts';
import type { BackupInventory, BackupItem, PinnedBackup } from '../model/backup.ts';
import { drilledPlan } from '../model/drill.ts';
import { type Plan, type Step, stepsOf } from '../model/plan.ts';
import type { AcceptedErrors } from '../model/report.ts';
import type { TierName } from '../model/tiers.ts';
import { parsePlan } from '../plan/parse.ts';
import { readInventory } from '../velero/inventory.ts';
import { type Ledger, readLedger } from './ledger.ts';
import { LedgerError } from './ledger-text.ts';
import { clusterUid, NotOursError } from './cluster.ts';
import { lockLost } from './lock.ts';
import { judgedInventory } from './drill.ts';
import { type Chain, labelKeys, objectName, stepLabels } from './names.ts';

/** What every activity of a run is told: small, so that a history stays small. The plan itself is in the ledger. */
export interface RunRef {
  readonly recovery: string;
  readonly site: string;
  readonly cluster: { readonly context: string; readonly uid: string };
  readonly chain: Chain;
}

/** A step of a run at one generation and attempt. */
export interface StepRef {
  readonly tier: TierName;
  readonly step: string;
  readonly generation: number;
  readonly attempt: number;
}

/** Inventories of Backups and parsed plans: read once per worker. Bounded, newest kept. */
export class Cache {
  private readonly inventories = new Map<string, Promise<BackupInventory>>();
  private readonly plans = new Map<string, Plan>();

  inventory(kube: KubeClient, uid: string, backup: PinnedBackup): Promise<BackupInventory> {
    const key = [uid, backup.namespace, backup.name, backup.startTimestamp].join('/');
    const known = this.inventories.get(key);
    if (known) return known;
    // Not bound to one activity's signal: several steps share it.
    const reading = readInventory(kube, backup, AbortSignal.timeout(120_000));
    reading.catch(() => this.inventories.delete(key));
    this.inventories.set(key, reading);
    if (this.inventories.size > 4) this.inventories.delete(this.inventories.keys().next().value ?? key);
    return reading;
  }

  plan(ledger: Ledger): Plan {
    const isDrill = ledger.run.mode === 'drill';
    const key = `${ledger.run.planSha256}${isDrill ? '/drill' : ''}`;
    const known = this.plans.get(key);
    if (known) return known;
    const parsed = parsePlan(ledger.planText, `${ledger.run.plan}.yaml`, language);
    if ('issues' in parsed)
      throw new LedgerError(
        `the plan in the ledger of ${ledger.run.recovery} is not understood by this version: ${parsed.issues[0]?.message ?? ''}`,
      );
    const plan = isDrill ? drilledPlan(parsed.plan) : parsed.plan;
    if (!plan) throw new LedgerError(`the plan in the ledger of drill ${ledger.run.recovery} has no section drill`);
    this.plans.set(key, plan);
    return plan;
  }
}

/** What the sessions of one worker share. */
export interface SessionDeps {
  readonly clusters: ClusterSource;
  readonly plansFolder: string;
  readonly cache: Cache;
  readonly watches: WatchHubs;
  readonly log: Log;
}

/**
 * One activity's view of a run: cluster, plan and ledger, read anew and checked. `open` refuses where the cluster behind
 * the context is another one or the lock is lost, so nothing acts on the wrong site.
 */
export class Session {
  readonly deps: SessionDeps;
  readonly run: RunRef;
  readonly kube: KubeClient;
  /** The same cluster read through watches: for what is looked at again and again. */
  readonly watched: WatchedReads;
  readonly plan: Plan;
  ledger: Ledger;
  readonly signal: AbortSignal;

  private constructor(deps: SessionDeps, run: RunRef, kube: KubeClient, ledger: Ledger, signal: AbortSignal) {
    this.deps = deps;
    this.run = run;
    this.kube = kube;
    this.watched = new WatchedReads(deps.watches.of(kube));
    this.ledger = ledger;
    this.plan = deps.cache.plan(ledger);
    this.signal = signal;
  }

  /** Checks cluster UID and lock, reads the ledger. Throws NotOursError, LedgerError or KubeError. */
  static async open(deps: SessionDeps, run: RunRef, signal: AbortSignal): Promise<Session> {
    const kube = deps.clusters.client(run.cluster.context);
    const [uid, lost, ledger] = await Promise.all([
      clusterUid(kube, signal),
      lockLost(kube, run.site, run.chain, signal),
      readLedger(kube, run.recovery, signal),
    ]);
    if (uid !== run.cluster.uid)
      throw new NotOursError(
        `context ${run.cluster.context} now points to another cluster (kube-system ${uid}, this recovery restores into ${run.cluster.uid}); point it back, nothing was touched there`,
      );
    if (lost) throw new NotOursError(`${lost}; this run may not act any more`);
    if (!ledger)
      throw new NotOursError(`the ledger of recovery ${run.recovery} is gone from cluster ${run.cluster.context}`);
    return new Session(deps, run, kube, ledger, signal);
  }

  /** What a clean-up has just written to the ledger. */
  noteDrillNamespaces(names: readonly string[]): void {
    this.ledger = { ...this.ledger, drillNamespaces: names };
  }

  /** Looks again, before an act or a ledger write late in an activity. */
  async assertOurs(): Promise<void> {
    const lost = await lockLost(this.kube, this.run.site, this.run.chain, this.signal);
    if (lost) throw new NotOursError(`${lost}; this run may not act any more`);
  }

  /** The plan's step of that name. */
  step(name: string): { readonly tier: TierName; readonly step: Step } {
    for (const found of stepsOf(this.plan)) if (found.step.name === name) return found;
    throw new NotOursError(`the plan of recovery ${this.run.recovery} has no step ${name}`);
  }

  /** What the pinned Backup holds; empty where no velero step stands. */
  async inventory(): Promise<BackupInventory> {
    const { backup } = this.ledger.run;
    if (!backup) return { items: [] };
    const read = await this.deps.cache.inventory(this.kube, this.run.cluster.uid, backup);
    return this.isDrill ? judgedInventory(read) : read;
  }

  /** A drill: nothing may act outside its cluster, and everything of it is removed at its end. */
  get isDrill(): boolean {
    return this.ledger.run.mode === 'drill';
  }

  /** The name of the first step, in tier order, that takes an item out of the Backup. */
  restoredBy(item: BackupItem): string | undefined {
    for (const { tier, step } of stepsOf(this.plan))
      if (drivers[step.driver].takes?.(tier, step.spec, this.plan, item)) return step.name;
    return undefined;
  }

  /** What a person has accepted of this very generation and attempt: a gate does not wait for it. */
  private acceptedOf({ step, generation, attempt }: StepRef): AcceptedErrors | undefined {
    const known = this.ledger.steps[step];
    return known?.generation === generation && known.attempt === attempt ? known.acceptedErrors : undefined;
  }

  /** What a driver may use for one step at one generation and attempt. */
  driverContext(ref: StepRef, acceptedErrors?: AcceptedErrors): DriverContext {
    const { recovery } = this.run;
    const { backup } = this.ledger.run;
    const id = { ...ref, recovery };
    const accepted = acceptedErrors ?? this.acceptedOf(ref);
    return {
      kube: this.kube,
      plan: this.plan,
      step: this.step(ref.step).step,
      tier: ref.tier,
      recovery,
      generation: ref.generation,
      attempt: ref.attempt,
      objectName: objectName(id),
      ...(this.isDrill ? { drill: true } : {}),
      labels: { ...stepLabels(id), ...(this.isDrill ? { [labelKeys.drill]: recovery } : {}) },
      annotations: { 'rekindle.dev/workflow-id': this.run.chain.workflowId },
      ...(backup ? { backup } : {}),
      ...(accepted ? { acceptedErrors: accepted } : {}),
      inventory: () => this.inventory(),
      restoredBy: (item) => this.restoredBy(item),
      firstWriteAt: this.ledger.firstWriteAt,
      plansFolder: this.deps.plansFolder,
      signal: this.signal,
      log: this.deps.log,
    };
  }
}
