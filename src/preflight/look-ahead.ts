import type { DriverContext } from '../drivers/driver.ts';
import { drivers } from '../drivers/registry.ts';
import { KubeError } from '../kube/error.ts';
import type { Need } from '../kube/needs.ts';
import type { KubeClient } from '../kube/types.ts';
import type { BackupInventory, BackupItem, PinnedBackup } from '../model/backup.ts';
import { type Plan, type Step, stepsOf } from '../model/plan.ts';
import type { PreviewQuiesced } from '../model/preview.ts';
import type { FindingReport } from '../model/report.ts';
import { type TierName, tierNames } from '../model/tiers.ts';
import { DownloadError } from '../velero/download.ts';
import { readLive } from '../velero/live.ts';
import { landing, mappingOf } from '../velero/mapping.ts';
import { neverRestored } from '../velero/never.ts';
import { readOwnRestores } from '../velero/own-restores.ts';
import { accessNeeds } from './access-needs.ts';
import { controlNamespace } from './act-needs.ts';
import { assign, placesOf } from './assign.ts';
import { readLiveFacts } from './live-facts.ts';
import { readQuiesced, wouldQuiesce } from './quiescing.ts';
import { Reader } from './reader.ts';
import { families } from './registry.ts';
import { remembering } from './remembering.ts';
import { type Assigned, block, type Brought, type Survey, warn } from './survey.ts';

/** What is looked at, and for whom. */
export interface LookInput {
  readonly kube: KubeClient;
  readonly plan: Plan;
  readonly backup?: PinnedBackup;
  inventory(): Promise<BackupInventory>;
  contextOf(tier: TierName, step: Step): DriverContext;
  readonly recovery: string;
  /** The command line: its login is not the worker's. */
  readonly byPerson: boolean;
  readonly resumed: boolean;
  /** What the login must be allowed for the plan's checks. */
  readonly checkNeeds: readonly Need[];
  /** ISO 8601: what is older was there before the recovery. */
  readonly firstWriteAt: string;
  readonly intoLiveSite: boolean;
  /** From when the data's age is counted. */
  readonly disasterAt: Date;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** What was found, blocking findings first, and where each object of the Backup would go. */
export interface LookedAhead {
  readonly findings: readonly FindingReport[];
  readonly objects: readonly Assigned[];
  readonly brought: readonly Brought[];
  readonly quiesce: readonly PreviewQuiesced[];
}

/** Looks at everything that a run would meet. Reads only; DownloadRequests are Velero's way to read a Backup. */
export async function lookAhead(asked: LookInput): Promise<LookedAhead> {
  const input = { ...asked, kube: remembering(asked.kube) };
  const reading = new SharedInventory(input);
  const { findings, brought } = await askDrivers(input, reading);
  try {
    const survey = await takeSurvey(input, await reading.items(), brought);
    const judged = families.flatMap((family) => family.judge(survey));
    return {
      findings: sorted([...judged, ...findings]),
      objects: survey.objects,
      brought,
      quiesce: wouldQuiesce(survey),
    };
  } catch (error) {
    if (!(error instanceof KubeError && error.code === 403)) throw error;
    return { findings: sorted([...findings, forbidden(input, error)]), objects: [], brought, quiesce: [] };
  }
}

/** What a look was refused. A run would be refused too; of a person's login it says nothing about the worker's. */
function forbidden({ byPerson, kube }: LookInput, error: KubeError, step?: string): FindingReport {
  const about = step === undefined ? {} : { step };
  if (!byPerson) return block('PermissionDenied', error.message, about);
  return warn('NotLookedAt', `not looked at with your login (context ${kube.context}): ${error.message}`, about);
}

/** Read at most once, and only when a driver has asked for it: what keeps a driver from reading keeps us too. */
class SharedInventory {
  private readonly read: () => Promise<BackupInventory>;
  private asked: Promise<BackupInventory> | undefined;

  constructor({ inventory }: LookInput) {
    this.read = inventory;
  }

  inventory(): Promise<BackupInventory> {
    this.asked ??= this.read();
    return this.asked;
  }

  async items(): Promise<readonly BackupItem[]> {
    try {
      return (await this.asked)?.items ?? [];
    } catch (error) {
      // The driver has said so already.
      if (error instanceof DownloadError) return [];
      throw error;
    }
  }
}

/** How many steps' drivers look at once. */
const parallelSteps = 4;

interface Answers {
  readonly findings: readonly FindingReport[];
  readonly brought: readonly Brought[];
}

/** First what each step makes: a later one need not find it yet. */
async function askDrivers(input: LookInput, reading: SharedInventory): Promise<Answers> {
  const brings = await eachStep(input, (tier, step) => whatComes(input, tier, step));
  const brought = brings.filter(({ objects }) => objects.length > 0);
  const findings = await eachStep(input, (tier, step) => askDriver(input, reading, brought, tier, step));
  return { findings: merged(findings.flat()), brought };
}

async function eachStep<T>(
  { plan }: LookInput,
  ask: (tier: TierName, step: Step) => Promise<T>,
): Promise<readonly T[]> {
  const answers: T[] = [];
  const queue = [...[...stepsOf(plan)].entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, { tier, step }] = next;
      answers[index] = await ask(tier, step);
    }
  };
  await Promise.all(Array.from({ length: parallelSteps }, worker));
  return answers;
}

async function whatComes(input: LookInput, tier: TierName, step: Step): Promise<Brought> {
  const place = { step: step.name, tier, order: tierNames.indexOf(tier) };
  const context = { ...input.contextOf(tier, step), kube: input.kube };
  try {
    return { place, objects: (await drivers[step.driver].brings?.(context, step.spec)) ?? [] };
  } catch (error) {
    // The driver meets the same when it is asked what is in its way, and that is told.
    if (error instanceof KubeError && error.code === 403) return { place, objects: [] };
    throw error;
  }
}

async function askDriver(
  input: LookInput,
  reading: SharedInventory,
  brought: readonly Brought[],
  tier: TierName,
  step: Step,
): Promise<readonly FindingReport[]> {
  const order = tierNames.indexOf(tier);
  const context: DriverContext = {
    ...input.contextOf(tier, step),
    kube: input.kube,
    inventory: () => reading.inventory(),
    broughtBy: (kind, name) =>
      brought.find(
        ({ place, objects }) =>
          place.order <= order && objects.some((object) => object.kind === kind && object.metadata.name === name),
      )?.place.step,
  };
  try {
    const findings = await drivers[step.driver].preflight(context, step.spec);
    return findings.map((finding) => ({ ...finding, step: step.name }));
  } catch (error) {
    if (!(error instanceof KubeError && error.code === 403)) throw error;
    return [forbidden(input, error, step.name)];
  }
}

/** What several steps say in the same words is said once, of no step in particular. */
function merged(findings: readonly FindingReport[]): readonly FindingReport[] {
  const known = new Map<string, FindingReport>();
  for (const finding of findings) {
    const key = `${finding.reason} ${finding.message}`;
    const before = known.get(key);
    if (!before) known.set(key, finding);
    else if (before.step !== finding.step) {
      const { step: _step, ...shared } = before;
      known.set(key, shared);
    }
  }
  return [...known.values()];
}

const weights = { block: 0, warn: 1, info: 2 } as const;

function sorted(findings: readonly FindingReport[]): readonly FindingReport[] {
  return merged(findings).toSorted((a, b) => weights[a.severity] - weights[b.severity]);
}

async function takeSurvey(
  input: LookInput,
  items: readonly BackupItem[],
  brought: readonly Brought[],
): Promise<Survey> {
  const { kube, plan, backup, signal, recovery, resumed, firstWriteAt } = input;
  const veleroNamespace = backup?.namespace ?? plan.velero?.namespace ?? 'velero';
  const mapping = mappingOf(plan);
  const taken = items.filter((item) => placesOf(plan, item).length > 0).map((item) => landing(mapping, item));
  const reader = new Reader(kube, signal);
  const plurals = await pluralsOf(kube, brought, signal);
  const hasControl = (await reader.get({ apiVersion: 'v1', kind: 'Namespace', name: controlNamespace })) !== undefined;
  // The clean-up of a drill looks at every kind.
  const served = plan.drillOf === undefined ? [] : await reader.kinds();
  const needs = accessNeeds({ plan, taken, brought, plurals, served, checkNeeds: input.checkNeeds, hasControl });
  const [live, restores, facts, quiesce] = await Promise.all([
    readLive(
      kube,
      items.filter((item) => !neverRestored(item)).map((item) => landing(mapping, item)),
      signal,
      (list) => reader.noteUnread(list.kind, list.namespace),
    ),
    // Their lists are for the steps' own accounting: here the labels are enough.
    resumed && backup ? readOwnRestores(kube, { recovery, namespace: backup.namespace, lists: 'none' }, signal) : [],
    readLiveFacts(reader, { plan, ...(backup ? { backup } : {}), taken, veleroNamespace, needs }),
    plan.quiesce?.length ? readQuiesced(reader, kube, input) : undefined,
  ]);
  const objects = assign({ plan, items, live, restores, recovery, firstWriteAt, veleroNamespace });
  return {
    plan,
    context: kube.context,
    now: input.now,
    disasterAt: input.disasterAt,
    ...(backup ? { backup } : {}),
    resumed,
    intoLiveSite: input.intoLiveSite,
    recovery,
    byPerson: input.byPerson,
    objects,
    brought,
    // Taken anew: what the accounting may not read was noted beside the facts.
    live: { ...facts, ...(quiesce ? { quiesce } : {}), unread: reader.unread },
  };
}

/** The plurals of what steps bring from files; of a kind that is not served yet there is none to ask about. */
async function pluralsOf(
  kube: KubeClient,
  brought: readonly Brought[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const plurals = new Map<string, string>();
  for (const { objects } of brought)
    for (const { apiVersion, kind } of objects) {
      if (plurals.has(`${apiVersion} ${kind}`)) continue;
      const resource = await kube.resource({ apiVersion, kind }, { signal });
      if (resource) plurals.set(`${apiVersion} ${kind}`, resource.plural);
    }
  return plurals;
}
