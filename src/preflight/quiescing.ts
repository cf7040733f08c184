import type { KubeClient } from '../kube/types.ts';
import { acts, looks, type Need } from '../kube/needs.ts';
import { type QuiesceFacts, quiesceGroups, quiesceIndexOf } from '../model/quiesce.ts';
import type { Plan } from '../model/plan.ts';
import type { PreviewQuiesced } from '../model/preview.ts';
import type { ObjectRef } from '../model/verdict.ts';
import { judgeStop, type Stopped } from '../quiesce/apply.ts';
import { quiesceFacts } from '../quiesce/facts.ts';
import { findTargets } from '../quiesce/find.ts';
import { quiesceKinds } from '../quiesce/registry.ts';
import type { Reader } from './reader.ts';
import type { Survey } from './survey.ts';

/** An object of the cluster that the plan stops, and how it was found. */
export interface QuiesceSight {
  readonly order: number;
  readonly ref: ObjectRef;
  readonly found: Stopped;
  /** An ApplicationSet, as `ApplicationSet shop`: it writes an Application's sync policy anew. */
  readonly keeper?: string;
}

/** Everything in the cluster that the plan stops. What may not be read is noted by the reader. */
export async function readQuiesced(
  reader: Reader,
  kube: KubeClient,
  { plan, recovery, signal }: { readonly plan: Plan; readonly recovery: string; readonly signal: AbortSignal },
): Promise<readonly QuiesceSight[]> {
  const list = (kind: Parameters<Reader['list']>[0], namespace: string) => reader.list(kind, { namespace });
  const found = await findTargets(kube, plan.quiesce ?? [], list, signal);
  return found.map(({ order, kind, object }) => {
    const { apiVersion, kind: name, metadata } = object;
    const keeper = (metadata.ownerReferences ?? []).find((owner) => owner.kind === 'ApplicationSet');
    return {
      order,
      ref: {
        apiVersion,
        kind: name,
        name: metadata.name,
        ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
      },
      found: judgeStop(kind, object, recovery),
      ...(keeper ? { keeper: `${keeper.kind} ${keeper.name}` } : {}),
    };
  });
}

/** An object that a step brings and the plan stops. */
export interface QuiesceComing {
  readonly order: number;
  readonly ref: ObjectRef;
  readonly step: string;
  readonly facts: QuiesceFacts;
}

/** What comes back stopped, out of the Backup and out of files. Pure. */
export function comingOf({
  plan,
  objects,
  brought,
}: Pick<Survey, 'plan' | 'objects' | 'brought'>): readonly QuiesceComing[] {
  if (!plan.quiesce?.length) return [];
  const restored = objects.flatMap(({ at, fate, places }) =>
    fate === 'restored' ? [{ ref: at, labels: at.labels, facts: at.facts?.quiesce, step: places[0]?.step ?? '' }] : [],
  );
  const own = brought.flatMap(({ place, objects: made }) =>
    made.map((object) => ({
      ref: { ...object, ...object.metadata },
      labels: object.metadata.labels ?? {},
      facts: quiesceFacts(object),
      step: place.step,
    })),
  );
  return [...restored, ...own].flatMap(({ ref: { apiVersion, kind, namespace, name }, labels, facts, step }) => {
    const ref = { apiVersion, kind, name, ...(namespace ? { namespace } : {}) };
    const order = quiesceIndexOf(plan.quiesce, { ...ref, labels });
    return order === undefined || !facts ? [] : [{ order, ref, step, facts }];
  });
}

/** What a run would stop, in its order, for a preview. Pure. */
export function wouldQuiesce(
  survey: Pick<Survey, 'plan' | 'objects' | 'brought' | 'live'>,
): readonly PreviewQuiesced[] {
  const now = (survey.live.quiesce ?? []).map(({ order, ref, found }) => ({
    order,
    ref,
    how: found.state === 'was already' ? ('was already' as const) : ('at the start' as const),
  }));
  const coming = comingOf(survey).map(({ order, ref, step, facts }) => ({
    order,
    ref,
    how: facts.quiet ? ('was already' as const) : ('as it comes back' as const),
    step,
  }));
  return [...now, ...coming]
    .toSorted((a, b) => a.order - b.order)
    .map(({ ref: { kind, namespace = '', name }, how, ...more }) => ({
      kind,
      namespace,
      name,
      how,
      ...('step' in more ? { step: more.step } : {}),
    }));
}

/** What stopping and putting back takes. Pure. */
export function quiesceNeeds({ quiesce = [], velero }: Pick<Plan, 'quiesce' | 'velero'>): readonly Need[] {
  // The rules by which a Restore brings things back stopped are in a ConfigMap beside it.
  const rules =
    velero && quiesce.length > 0 ? acts('', 'configmaps', ['get', 'create', 'patch'], velero.namespace) : [];
  const own = quiesce.flatMap(({ kind, namespaces, optional }) =>
    namespaces.flatMap((namespace) =>
      (optional ? looks : acts)(quiesceGroups[kind], quiesceKinds[kind].plural, ['get', 'list', 'patch'], namespace),
    ),
  );
  return [...own, ...rules];
}
