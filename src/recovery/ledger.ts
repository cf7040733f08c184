import type { z } from 'zod';
import { KubeError } from '../kube/error.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { PinnedBackup } from '../model/backup.ts';
import type { Json } from '../model/json.ts';
import type { AcceptedErrors, Decision, WorkerCrash } from '../model/report.ts';
import { type Outcome, outcomes } from '../model/run.ts';
import type { TierName } from '../model/tiers.ts';
import type { Stretch } from '../model/times.ts';
import type { ObjectRef } from '../model/verdict.ts';
import {
  cleanedUpEntry,
  decisionEntry,
  journalEntry,
  namespacesEntry,
  quiesceEntry,
  runEntry,
  stepEntry,
} from './ledger-schema.ts';
import { checkSums, edited, type LedgerData, readEntry, sha256, withSums } from './ledger-text.ts';
import { controlNamespace, labelKeys, ledgerName } from './names.ts';
import { type QuiesceEntry, quiescePrefix } from './quiesce-entry.ts';

/** What a ledger says of the run as a whole. */
export interface LedgerRun {
  readonly recovery: string;
  readonly site: string;
  readonly plan: string;
  readonly planSha256: string;
  readonly cluster: { readonly context: string; readonly uid: string };
  readonly backup?: PinnedBackup;
  readonly startedAt: string;
  readonly disasterAt: string;
  readonly disasterAtIs: 'given' | 'the start';
  readonly workflow: { readonly namespace: string; readonly workflowId: string; readonly runId: string };
  readonly intoLiveSite?: string;
  /** A drill: everything of it is removed at its end. */
  readonly mode?: 'drill';
  /** Of a drill: the namespaces that were there before it; none of them is ever removed. */
  readonly namespacesBefore?: readonly string[];
}

/** What a ledger says of one step. Written before each act, so that a crash leaves at most an act to look for. */
export interface LedgerStep {
  readonly tier: TierName;
  readonly generation: number;
  readonly attempt: number;
  /** By stage: the driver's handle, once its start has returned. */
  readonly handles: { readonly [stage: string]: Json };
  /** The last generation whose engine work ended well. */
  readonly endedWell?: number;
  readonly evidence?: readonly string[];
  /** A person has accepted the errors of this generation: a resumed run need not ask again. */
  readonly acceptedErrors?: AcceptedErrors;
  /** The gate held. */
  readonly done?: boolean;
  /** When it was first begun, and when its gate held; ISO 8601. */
  readonly startedAt?: string;
  readonly doneAt?: string;
  /** What it took over all generations, until its gate held. */
  readonly took?: StepTimes;
  /** What was set aside for a generation of it, by that generation. */
  readonly asides?: { readonly [generation: string]: Json };
}

/** What a step took, ms. */
export interface StepTimes {
  readonly engineMs: number;
  readonly gateMs: number;
  readonly settleMs: number;
  readonly attempts: number;
}

/** What a ledger says of one run of the recovery. A run that was lost has not said how it ended. */
export interface LedgerJournal {
  readonly workflowId: string;
  /** The first execution of the run's chain. */
  readonly runId: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly outcome?: Outcome;
  readonly crashes?: readonly WorkerCrash[];
  readonly stretches?: readonly Stretch[];
  readonly exceptions?: readonly string[];
}

/** A ledger as read from its ConfigMap. */
export interface Ledger {
  /** Server time of its creation: the recovery's first write but for our namespace and lock. */
  readonly firstWriteAt: string;
  readonly run: LedgerRun;
  readonly planText: string;
  readonly steps: { readonly [step: string]: LedgerStep };
  /** With the numbers that they are written under, in order. */
  readonly decisions: readonly { readonly number: number; readonly decision: Decision }[];
  /** What was stopped, and how it was before. */
  readonly quiesce: readonly QuiesceEntry[];
  readonly outcome?: string;
  /** Namespaces that a drill's clean-up has found to be the drill's: what stood in them is found by them. */
  readonly drillNamespaces: readonly string[];
  /** Of a drill: how its last clean-up ended; absent until one has. */
  readonly cleanedUp?: { readonly at: string; readonly clean: boolean };
  readonly journals: readonly LedgerJournal[];
}

/** sha256 of a plan's text, in hex. */
export function planHash(text: string): string {
  return sha256(text);
}

/** Where a recovery's ledger is. */
export function ledgerRef(recovery: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: controlNamespace, name: ledgerName(recovery) };
}

/** Reads every entry strictly: a recovery acts by what stands here, and a person may have edited it. */
export function ledgerOf(object: KubeObject, recovery: string): Ledger {
  const data = (object['data'] ?? {}) as LedgerData;
  checkSums(data, recovery);
  const run = readEntry(runEntry, data, 'run.json', recovery);
  const planText = data['plan.yaml'] ?? '';
  if (run.recovery !== recovery || planHash(planText) !== run.planSha256)
    throw edited(recovery, 'plan.yaml', 'does not fit the hash in run.json');
  const keys = Object.keys(data).toSorted();
  const under = <T>(prefix: string, schema: z.ZodType<T>): readonly (readonly [string, T])[] =>
    keys
      .filter((key) => key.startsWith(prefix))
      .map((key) => [key.slice(prefix.length), readEntry(schema, data, key, recovery)]);
  return {
    firstWriteAt: object.metadata.creationTimestamp ?? '',
    run,
    planText,
    steps: Object.fromEntries(under('step.', stepEntry)),
    decisions: under('decision.', decisionEntry).map(([key, decision]) => ({
      number: numberOf(key, recovery),
      decision,
    })),
    journals: under('journal.', journalEntry).map(([, journal]) => journal),
    quiesce: under(quiescePrefix, quiesceEntry).map(([, entry]) => entry),
    ...outcomeOf(data, recovery),
    ...(data['cleaned-up.json'] === undefined
      ? {}
      : { cleanedUp: readEntry(cleanedUpEntry, data, 'cleaned-up.json', recovery) }),
    drillNamespaces:
      data['drill-namespaces.json'] === undefined
        ? []
        : readEntry(namespacesEntry, data, 'drill-namespaces.json', recovery),
  };
}

function numberOf(key: string, recovery: string): number {
  if (/^\d{4,9}$/.test(key)) return Number(key);
  throw edited(recovery, `decision.${key}`, 'has no number');
}

/** How a recovery ends, and how the clean-up ends that comes after a drill which could not do it itself. */
const endings: readonly string[] = [...outcomes, 'cleaned up', 'not cleaned up'];

function outcomeOf({ outcome }: LedgerData, recovery: string): Pick<Ledger, 'outcome'> {
  if (outcome === undefined) return {};
  if (!endings.includes(outcome)) throw edited(recovery, 'outcome', `is none of ${endings.join(', ')}`);
  return { outcome };
}

/** Reads a recovery's ledger; undefined when this cluster has none. */
export async function readLedger(kube: KubeClient, recovery: string, signal: AbortSignal): Promise<Ledger | undefined> {
  const object = await kube.get(ledgerRef(recovery), { signal });
  return object && ledgerOf(object, recovery);
}

/** Makes the ledger, or, when it is there (a twin, a resume), takes it up: the run's own line is written anew. */
export async function openLedger(
  kube: KubeClient,
  run: LedgerRun,
  planText: string,
  signal: AbortSignal,
): Promise<Ledger> {
  const ref = ledgerRef(run.recovery);
  const labels = { [labelKeys.managedBy]: 'rekindle', [labelKeys.recovery]: run.recovery };
  const data = { ...withSums({ 'run.json': JSON.stringify(run) }), 'plan.yaml': planText };
  const metadata = { name: ref.name, namespace: controlNamespace, labels };
  try {
    return ledgerOf(
      await kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, { signal }),
      run.recovery,
    );
  } catch (error) {
    if (!(error instanceof KubeError && error.code === 409)) throw error;
  }
  const body = { data: withSums({ 'run.json': JSON.stringify(run), outcome: null }) };
  return ledgerOf(await kube.patch(ref, 'merge', body, { signal }), run.recovery);
}

/**
 * Writes one step's entry. Each step has a key of its own, so that steps side by side never overwrite each other.
 */
export async function writeStep(
  kube: KubeClient,
  recovery: string,
  step: string,
  entry: LedgerStep,
  signal: AbortSignal,
): Promise<void> {
  const body = { data: withSums({ [`step.${step}`]: JSON.stringify(entry) }) };
  await kube.patch(ledgerRef(recovery), 'merge', body, { signal });
}

/**
 * Adds to a step's entry as it stands now, and only while it still is of this generation and attempt: a twin that wakes
 * up late must not undo what came after it.
 */
export async function updateStep(
  kube: KubeClient,
  recovery: string,
  step: string,
  at: { readonly tier: TierName; readonly generation: number; readonly attempt: number },
  change: Partial<Omit<LedgerStep, 'tier' | 'generation' | 'attempt'>>,
  signal: AbortSignal,
): Promise<void> {
  const { tier, generation, attempt } = at;
  const known = (await readLedger(kube, recovery, signal))?.steps[step] ?? { tier, generation, attempt, handles: {} };
  if (known.generation !== generation || known.attempt !== attempt) return;
  await writeStep(kube, recovery, step, { ...known, ...change }, signal);
}

/** Writes a decision under a number of its own; writing it again changes nothing. */
export async function writeDecision(
  kube: KubeClient,
  recovery: string,
  number: number,
  decision: Decision,
  signal: AbortSignal,
): Promise<void> {
  const key = `decision.${String(number).padStart(4, '0')}`;
  await kube.patch(ledgerRef(recovery), 'merge', { data: withSums({ [key]: JSON.stringify(decision) }) }, { signal });
}

/** Notes which namespaces are a drill's, before the first of them goes. */
export async function writeDrillNamespaces(
  kube: KubeClient,
  recovery: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const body = { data: withSums({ 'drill-namespaces.json': JSON.stringify(names) }) };
  await kube.patch(ledgerRef(recovery), 'merge', body, { signal });
}

/** Notes how a drill's clean-up ended: what is clean is not looked for again by its site's name. */
export async function writeCleanedUp(
  kube: KubeClient,
  recovery: string,
  cleanedUp: NonNullable<Ledger['cleanedUp']>,
  signal: AbortSignal,
): Promise<void> {
  const body = { data: withSums({ 'cleaned-up.json': JSON.stringify(cleanedUp) }) };
  await kube.patch(ledgerRef(recovery), 'merge', body, { signal });
}

/** Writes what a run says of itself, beside what other runs of the recovery said. */
export async function writeJournal(
  kube: KubeClient,
  recovery: string,
  journal: LedgerJournal,
  signal: AbortSignal,
): Promise<void> {
  const body = { data: withSums({ [`journal.${journal.runId}`]: JSON.stringify(journal) }) };
  await kube.patch(ledgerRef(recovery), 'merge', body, { signal });
}

/** Notes how the run ended. */
export async function closeLedger(
  kube: KubeClient,
  recovery: string,
  outcome: string,
  signal: AbortSignal,
): Promise<void> {
  await kube.patch(ledgerRef(recovery), 'merge', { data: withSums({ outcome }) }, { signal });
}
