import { mapAt, textAt } from '../velero/fields.ts';
import { listAt } from '../kube/read.ts';
import { KubeError } from '../kube/error.ts';
import type { KubeObject } from '../kube/types.ts';
import { labelKeys } from '../model/labels.ts';
import { type Plan, stepsOf } from '../model/plan.ts';
import { mappingOf } from '../velero/mapping.ts';
import type { LedgerRun } from './ledger.ts';
import { controlNamespace } from './names.ts';
import type { Session } from './session.ts';

/** Namespaces that no drill ever calls its own, whatever a plan or a label says. */
export const closedNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease', controlNamespace];

/** Where a plan's steps put things: what they name, after their mapping. Patterns name nothing. Pure. */
export function expectedNamespaces(plan: Plan): ReadonlySet<string> {
  const names = new Set(plan.namespaces);
  const mapping = mappingOf(plan);
  for (const { step } of stepsOf(plan)) {
    for (const target of Object.values(mapAt(step.spec, 'namespaceMapping'))) names.add(target);
    const own = textAt(step.spec, 'namespace');
    if (own) names.add(own);
    for (const source of listAt(step.spec, 'includedNamespaces'))
      if (typeof source === 'string' && !/[*?]/.test(source)) names.add(mapping[source] ?? source);
  }
  return names;
}

/** What decides whether a namespace is a drill's own. */
export interface DrillPlace {
  readonly run: Pick<LedgerRun, 'recovery' | 'namespacesBefore'>;
  /** ISO 8601: what is older was there before the drill. */
  readonly firstWriteAt: string;
  readonly veleroNamespace?: string;
  /** Names where something of the drill is expected, or was seen. */
  readonly expected: ReadonlySet<string>;
}

/**
 * Whether a drill may remove a namespace: it was not there before, is younger than the drill's first write, and carries
 * the drill's label or is where the drill puts things. Velero makes Namespaces without any label of a drill. Pure.
 */
export function isDrillNamespace(namespace: KubeObject, place: DrillPlace): boolean {
  const { name, labels = {}, creationTimestamp = '' } = namespace.metadata;
  const { recovery, namespacesBefore } = place.run;
  if (closedNamespaces.includes(name) || name === place.veleroNamespace) return false;
  // Without a list of what was there nothing is known to be ours.
  if (!namespacesBefore || namespacesBefore.includes(name)) return false;
  if (!(Date.parse(creationTimestamp) >= Date.parse(place.firstWriteAt))) return false;
  const drill = labels[labelKeys.drill];
  return drill === undefined ? place.expected.has(name) : drill === recovery;
}

/**
 * Puts the drill's label on the namespaces that Velero has made for it: then people and the clean-up know them. By default
 * wherever the plan puts things.
 */
export async function markNamespaces(session: Session, expected?: ReadonlySet<string>): Promise<void> {
  const { kube, plan, signal } = session;
  const place = placeOf(session, expected ?? expectedNamespaces(plan));
  const { items } = await kube.list({ apiVersion: 'v1', kind: 'Namespace' }, { metadataOnly: true, signal });
  for (const namespace of items)
    if (!namespace.metadata.labels?.[labelKeys.drill] && isDrillNamespace(namespace, place))
      await mark(session, namespace);
}

async function mark({ kube, run, signal }: Session, { metadata: { name, uid } }: KubeObject): Promise<void> {
  const body = { metadata: { uid, labels: { [labelKeys.drill]: run.recovery } } };
  try {
    await kube.patch({ apiVersion: 'v1', kind: 'Namespace', name }, 'merge', body, { signal });
  } catch (error) {
    // Gone, or another one by now; what may not be marked is known by the ledger all the same.
    if (!(error instanceof KubeError && [403, 404, 409].includes(error.code))) throw error;
  }
}

/** A session's own place, with names where something of it is expected or was seen. */
export function placeOf({ ledger, plan }: Session, expected: ReadonlySet<string>): DrillPlace {
  const velero = ledger.run.backup?.namespace ?? plan.velero?.namespace;
  return {
    run: ledger.run,
    firstWriteAt: ledger.firstWriteAt,
    ...(velero ? { veleroNamespace: velero } : {}),
    expected,
  };
}
