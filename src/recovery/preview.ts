import type { DriverContext, Log } from '../drivers/driver.ts';
import { needsOfChecks } from '../health/needs-of.ts';
import type { KubeClient } from '../kube/types.ts';
import type { BackupInventory, PinnedBackup } from '../model/backup.ts';
import type { Plan, Step } from '../model/plan.ts';
import { type Preview, verdictOf } from '../model/preview.ts';
import type { FindingReport } from '../model/report.ts';
import type { TierName } from '../model/tiers.ts';
import { placesOf } from '../preflight/assign.ts';
import { lookAhead } from '../preflight/look-ahead.ts';
import { fatesOf, objectsOf, stepsSeen } from '../preflight/previewed.ts';
import { readInventory } from '../velero/inventory.ts';
import { type BackupWish, lookForBackup } from '../velero/pin.ts';
import { objectName, stepLabels } from './names.ts';

/** What a preview is made of. */
export interface PreviewInput {
  readonly kube: KubeClient;
  readonly plan: Plan;
  readonly planSha256: string;
  readonly plansFolder: string;
  readonly wish: BackupWish;
  /** From when the data's age is counted; default: now. */
  readonly disasterAt?: Date;
  readonly intoLiveSite: boolean;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Stands where a run has its recovery id: no object carries it. */
const nobody = 'preview';

/** What a plan would do now and what stands in its way; leaves nothing behind. Throws a KubeError where the cluster cannot be asked. */
export async function preview(input: PreviewInput): Promise<Preview> {
  const { kube, plan, signal } = input;
  const now = new Date();
  const pinned = await pin(input);
  const { backup } = pinned;
  const reading = readingOf(input, backup);
  const looked = await lookAhead({
    kube,
    plan,
    ...(backup ? { backup } : {}),
    inventory: reading.inventory,
    contextOf: (tier, step) => contextOf(input, backup, tier, step),
    recovery: nobody,
    checkNeeds: needsOfChecks(plan),
    byPerson: true,
    resumed: false,
    firstWriteAt: now.toISOString(),
    intoLiveSite: input.intoLiveSite,
    disasterAt: input.disasterAt ?? now,
    now,
    signal,
  });
  const findings = [...pinned.findings, ...withoutEcho(looked.findings, pinned.findings)];
  return {
    plan: plan.name,
    planSha256: input.planSha256,
    site: plan.site,
    cluster: { context: kube.context, server: kube.server },
    lookedAt: now.toISOString(),
    ...(backup ? { backup } : {}),
    verdict: verdictOf(findings),
    findings,
    steps: stepsSeen(plan, looked),
    ...(plan.quiesce?.length ? { quiesce: looked.quiesce } : {}),
    fates: fatesOf(looked.objects),
    objects: objectsOf(looked.objects),
    written: reading.written(),
  };
}

interface Pin {
  readonly backup?: PinnedBackup;
  readonly findings: readonly FindingReport[];
}

/** One look, without waiting: the epoch counts every sync so far. A flawed Backup is looked into all the same, its flaw said. */
async function pin({ kube, plan, wish, signal }: PreviewInput): Promise<Pin> {
  if (!plan.velero) return { findings: [] };
  const since = new Date(0);
  const look = await lookForBackup(kube, plan.velero, wish, since, signal);
  if (look.state === 'pinned') return { backup: look.backup, findings: [] };
  if (look.state === 'waiting')
    return { findings: [{ severity: 'block', reason: 'NotReady', message: `${look.reason}; look again in a moment` }] };
  const name = wish.backup ?? plan.velero.backup;
  const again = name ? await lookForBackup(kube, plan.velero, { ...wish, acceptBackup: name }, since, signal) : look;
  return { ...(again.state === 'pinned' ? { backup: again.backup } : {}), findings: [look.finding] };
}

/** Without a Backup every velero step says so; the finding that says why is enough. */
function withoutEcho(findings: readonly FindingReport[], pinned: readonly FindingReport[]): readonly FindingReport[] {
  return pinned.length === 0 ? findings : findings.filter(({ reason }) => reason !== 'NoBackup');
}

/** Reads the Backup's contents, and knows what that has written. */
function readingOf({ kube, signal }: PreviewInput, backup: PinnedBackup | undefined) {
  let written = 'nothing';
  const inventory = (): Promise<BackupInventory> => {
    if (!backup) return Promise.resolve({ items: [] });
    written = `one DownloadRequest in namespace ${backup.namespace}, by which Velero hands out a Backup's contents; removed again when they were read. Nothing else`;
    return readInventory(kube, backup, signal);
  };
  return { inventory, written: () => written };
}

function contextOf(
  { kube, plan, plansFolder, signal, log }: PreviewInput,
  backup: PinnedBackup | undefined,
  tier: TierName,
  step: Step,
): DriverContext {
  const id = { recovery: nobody, tier, step: step.name, generation: 1, attempt: 1 };
  return {
    kube,
    plan,
    step,
    tier,
    recovery: nobody,
    generation: 1,
    attempt: 1,
    objectName: objectName(id),
    labels: stepLabels(id),
    annotations: {},
    ...(backup ? { backup } : {}),
    inventory: () => Promise.reject(new Error('a look ahead hands its own inventory on')),
    restoredBy: (item) => placesOf(plan, item)[0]?.step,
    firstWriteAt: new Date().toISOString(),
    plansFolder,
    signal,
    log,
  };
}
