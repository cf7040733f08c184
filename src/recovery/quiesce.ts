import { type DriverContext, DriverError } from '../drivers/driver.ts';
import { drivers } from '../drivers/registry.ts';
import type { KubeClient } from '../kube/types.ts';
import { type QuiesceFacts, quiesceIndexOf } from '../model/quiesce.ts';
import type { QuiesceReport } from '../model/report.ts';
import type { TierName } from '../model/tiers.ts';
import { type ObjectRef, refText } from '../model/verdict.ts';
import { judgeStop, type Stopped, stopObject } from '../quiesce/apply.ts';
import { quiesceFacts } from '../quiesce/facts.ts';
import { findTargets, type FoundTarget, listerOf } from '../quiesce/find.ts';
import { landing, mappingOf } from '../velero/mapping.ts';
import { ledgerRef } from './ledger.ts';
import { withSums } from './ledger-text.ts';
import { type QuiesceEntry, quiesceKey } from './quiesce-entry.ts';
import type { Session, StepRef } from './session.ts';

/** Writes what was stopped into the ledger. Each object has a key of its own. */
export async function writeQuiesce(
  kube: KubeClient,
  recovery: string,
  entries: readonly QuiesceEntry[],
  signal: AbortSignal,
): Promise<void> {
  if (entries.length === 0) return;
  const data = Object.fromEntries(entries.map((entry) => [quiesceKey(entry), JSON.stringify(entry)]));
  await kube.patch(ledgerRef(recovery), 'merge', { data: withSums(data) }, { signal });
}

/**
 * Stops what the plan quiesces and the cluster has, in the plan's order. Nothing is touched where another recovery has
 * something of it stopped, or where something cannot be stopped: that is a conflict, in words.
 */
export async function quiesceSite(session: Session, say: (reason: string) => void): Promise<readonly QuiesceReport[]> {
  const { kube, plan, run, signal } = session;
  const found = await findTargets(kube, plan.quiesce ?? [], listerOf(kube, signal), signal);
  for (const { kind, object } of found) refuse(judgeStop(kind, object, run.recovery), refOf({ object }));
  const reports: QuiesceReport[] = [];
  for (const target of found) {
    const ref = refOf(target);
    say(`stops ${refText(ref)}`);
    await session.assertOurs();
    const remember = (stopped: Stopped): Promise<void> => remembered(session, target.order, ref, stopped);
    const stopped = await stopObject({ kube, kind: target.kind, ref, recovery: run.recovery, remember, signal });
    refuse(stopped, ref);
    // Gone since it was listed: there is nothing to stop.
    if (stopped.state !== 'missing') reports.push(reportOf(ref, stopped.state));
  }
  return reports;
}

function refOf({ object }: Pick<FoundTarget, 'object'>): ObjectRef {
  const { apiVersion, kind, metadata } = object;
  const { namespace, name } = metadata;
  return { apiVersion, kind, name, ...(namespace ? { namespace } : {}) };
}

function refuse(stopped: Stopped, ref: ObjectRef): void {
  if (stopped.state === 'foreign')
    throw new DriverError(
      'Conflict',
      `${refText(ref)} is quiesced by recovery ${stopped.by}, which has not put it back; let that one end, or put it back (\`rekindle put-back SITE\`), then retry`,
    );
  if (stopped.state === 'refused')
    throw new DriverError('Conflict', `${refText(ref)} cannot be quiesced: it ${stopped.why}; take it out of the plan`);
}

async function remembered(session: Session, order: number, ref: ObjectRef, stopped: Stopped): Promise<void> {
  const { kube, ledger, run, signal } = session;
  const before = stopped.state === 'quiesced' ? stopped.before : {};
  const entry: QuiesceEntry = {
    ...ref,
    order,
    state: stopped.state === 'quiesced' ? 'quiesced' : 'was already',
    before,
  };
  const known = ledger.quiesce.find((one) => quiesceKey(one) === quiesceKey(ref));
  if (JSON.stringify(known) !== JSON.stringify(entry)) await writeQuiesce(kube, run.recovery, [entry], signal);
}

function reportOf(ref: ObjectRef, state: 'quiesced' | 'was already' | 'foreign' | 'refused'): QuiesceReport {
  const { kind, namespace = '', name } = ref;
  return { kind, namespace, name, state: state === 'was already' ? 'was already' : 'left quiesced' };
}

/**
 * Notes what a step brings that the plan quiesces, before the step begins: its driver stops it on the way. What is noted already
 * stays as it is: a second generation brings the same.
 */
export async function noteComing(session: Session, at: StepRef): Promise<void> {
  const { kube, ledger, plan, run, signal } = session;
  if (!plan.quiesce?.length) return;
  const known = new Set(ledger.quiesce.filter(({ state }) => state !== 'put back').map((entry) => quiesceKey(entry)));
  const coming = await comingWith(session, at);
  await writeQuiesce(
    kube,
    run.recovery,
    coming.filter((entry) => !known.has(quiesceKey(entry))),
    signal,
  );
}

async function comingWith(session: Session, at: StepRef): Promise<readonly QuiesceEntry[]> {
  const { plan } = session;
  const { tier, step } = session.step(at.step);
  const driver = drivers[step.driver];
  const mapping = mappingOf(plan);
  const takes = (item: Parameters<typeof landing>[1]): boolean => driver.takes?.(tier, step.spec, plan, item) ?? false;
  const taken = driver.takes ? (await session.inventory()).items.filter(takes) : [];
  const brought = await broughtBy(session.driverContext(at), tier, session);
  const all = [
    ...taken.map((item) => ({ object: landing(mapping, item), labels: item.labels, facts: item.facts?.quiesce })),
    ...brought,
  ];
  return all.flatMap(({ object, labels, facts }) => {
    const order = quiesceIndexOf(plan.quiesce, { ...object, labels });
    if (order === undefined || !facts || facts.refused) return [];
    const { apiVersion, kind, namespace, name } = object;
    const ref = { apiVersion, kind, name, ...(namespace ? { namespace } : {}) };
    return [{ ...ref, order, state: facts.quiet ? 'was already' : 'coming', before: facts.before } as const];
  });
}

interface Brought {
  readonly object: ObjectRef;
  readonly labels: { readonly [key: string]: string };
  readonly facts: QuiesceFacts | undefined;
}

async function broughtBy(ctx: DriverContext, _tier: TierName, session: Session): Promise<readonly Brought[]> {
  const { step } = session.step(ctx.step.name);
  const objects = (await drivers[step.driver].brings?.(ctx, step.spec)) ?? [];
  return objects.map((object) => ({
    object: refOf({ object }),
    labels: object.metadata.labels ?? {},
    facts: quiesceFacts(object),
  }));
}
