import { bytesText } from '../../kube/quantity.ts';
import type { BackupItem } from '../../model/backup.ts';
import type { FindingReport } from '../../model/report.ts';
import { groupOf } from '../../model/verdict.ts';
import { itemText } from '../mapped.ts';
import { type Assigned, block, type Family, few, groupedBy, restoredOf, type Survey, warn } from '../survey.ts';

/** Whether the restored pods can be created and find room. */
export const scheduling: Family = {
  name: 'scheduling',
  judge: (survey) => [...priorityClasses(survey), ...room(survey)],
};

/** The API server refuses a pod of a class that is not there. */
function priorityClasses(survey: Survey): FindingReport[] {
  const restored = restoredOf(survey);
  const there = new Set(survey.live.priorityClasses);
  const byClass = groupedBy(
    restored.filter(({ item }) => item.facts?.priorityClass !== undefined),
    ({ item }) => item.facts?.priorityClass ?? '',
  );
  return Array.from(byClass, ([name, users]) => {
    if (there.has(name) || survey.live.unread.includes('PriorityClass objects')) return [];
    const broughtAt = orderOf(survey, name);
    const tooEarly = users.filter(({ places }) => (places[0]?.order ?? 0) < broughtAt);
    if (tooEarly.length === 0) return [];
    return [
      block(
        'PriorityClassMissing',
        `pods of ${few(tooEarly.map(({ item }) => itemText(item)))} want PriorityClass ${name}, which the cluster does not have and no earlier step brings, so none of them could be created; create it, or restore it in tier namespaces`,
      ),
    ];
  }).flat();
}

function orderOf(survey: Survey, name: string): number {
  const restored = restoredOf(survey).find(({ item }) => item.kind === 'PriorityClass' && item.name === name);
  const brought = survey.brought.find(({ objects }) =>
    objects.some((object) => object.kind === 'PriorityClass' && object.metadata.name === name),
  );
  return Math.min(restored?.places[0]?.order ?? Infinity, brought?.place.order ?? Infinity);
}

interface Amount {
  readonly pods: number;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

/** Requests against what the nodes have left. A warning: an autoscaler may bring more nodes. */
function room(survey: Survey): FindingReport[] {
  const { nodes, pods, unread } = survey.live;
  if (unread.includes('Node objects') || unread.includes('Pod objects')) return [];
  const usable = nodes.filter(({ schedulable }) => schedulable);
  const wanted = wantedBy(survey, usable.length);
  if (wanted.pods === 0) return [];
  if (usable.length === 0)
    return [
      warn(
        'NoSchedulableNode',
        `${wanted.pods} pods are to be restored, and none of the ${nodes.length} nodes takes ordinary pods now (not ready, cordoned or tainted); bring nodes up before the run`,
      ),
    ];
  const names = new Set(usable.map(({ name }) => name));
  const used = sum(
    pods.filter(({ node }) => node !== undefined && names.has(node)).map((pod) => ({ ...pod, pods: 1 })),
  );
  const free = minus(sum(usable), used);
  const short = [
    ...(wanted.cpuMilli > free.cpuMilli ? [`CPU: ${cores(wanted.cpuMilli)} wanted, ${cores(free.cpuMilli)} free`] : []),
    ...(wanted.memoryBytes > free.memoryBytes
      ? [`memory: ${bytesText(wanted.memoryBytes)} wanted, ${bytesText(free.memoryBytes)} free`]
      : []),
    ...(wanted.pods > free.pods ? [`pods: ${wanted.pods} wanted, ${free.pods} free`] : []),
  ];
  return [
    ...(short.length > 0
      ? [
          warn(
            'CapacityShort',
            `the restored pods request more than the ${usable.length} usable nodes have left (${short.join('; ')}); add nodes, or be sure that an autoscaler does`,
          ),
        ]
      : []),
    ...tooLarge(survey, Math.max(...usable.map(({ cpuMilli }) => cpuMilli)), largestMemory(usable)),
  ];
}

function largestMemory(nodes: readonly { readonly memoryBytes: number }[]): number {
  return Math.max(...nodes.map(({ memoryBytes }) => memoryBytes));
}

/** A pod that fits no node even when it is empty. */
function tooLarge(survey: Survey, cpuMilli: number, memoryBytes: number): FindingReport[] {
  const found = withPods(survey).filter(
    ({ item: { facts } }) => (facts?.pods?.cpuMilli ?? 0) > cpuMilli || (facts?.pods?.memoryBytes ?? 0) > memoryBytes,
  );
  if (found.length === 0) return [];
  return [
    warn(
      'PodTooLarge',
      `one pod of ${few(found.map(({ item }) => itemText(item)))} requests more than any node has (${cores(cpuMilli)} CPU, ${bytesText(memoryBytes)} memory at most); add a larger node, or lower the request`,
    ),
  ];
}

/**
 * What makes pods: restored workloads, and for what an operator makes of a restored resource the pods themselves, as the
 * Backup has them. A pod whose owner is a restored workload counts with that.
 */
function withPods(survey: Survey): readonly Assigned[] {
  const owners = new Map(survey.objects.map((assigned) => [ownerKey(assigned.item), assigned] as const));
  const makes = (assigned: Assigned): boolean =>
    assigned.fate === 'restored' && assigned.item.facts?.pods !== undefined;
  return survey.objects.filter((assigned) => {
    if (assigned.item.facts?.pods === undefined || assigned.item.ended) return false;
    if (assigned.fate === 'restored') return true;
    if (assigned.item.kind !== 'Pod') return false;
    const chain = ownersOf(assigned, owners);
    return !chain.some(makes) && chain.some(({ fate }) => fate === 'restored');
  });
}

function ownersOf(assigned: Assigned, owners: ReadonlyMap<string, Assigned>): readonly Assigned[] {
  const chain: Assigned[] = [];
  let here: Assigned | undefined = assigned;
  while (here?.item.controller && chain.length < 5) {
    const { namespace, controller }: BackupItem = here.item;
    here = owners.get(ownerKey({ ...controller, ...(namespace ? { namespace } : {}) }));
    if (here) chain.push(here);
  }
  return chain;
}

function ownerKey(item: Pick<BackupItem, 'apiVersion' | 'kind' | 'name' | 'namespace'>): string {
  return `${groupOf(item.apiVersion)}/${item.kind}/${item.namespace ?? ''}/${item.name}`;
}

function wantedBy(survey: Survey, nodes: number): Amount {
  return sum(
    withPods(survey).map(({ item: { facts } }) => {
      const { count = 0, perNode, cpuMilli = 0, memoryBytes = 0 } = facts?.pods ?? {};
      const pods = perNode ? nodes : count;
      return { pods, cpuMilli: pods * cpuMilli, memoryBytes: pods * memoryBytes };
    }),
  );
}

function sum(amounts: readonly Amount[]): Amount {
  return amounts.reduce(
    (all, { pods, cpuMilli, memoryBytes }) => ({
      pods: all.pods + pods,
      cpuMilli: all.cpuMilli + cpuMilli,
      memoryBytes: all.memoryBytes + memoryBytes,
    }),
    { pods: 0, cpuMilli: 0, memoryBytes: 0 },
  );
}

function minus(a: Amount, b: Amount): Amount {
  return { pods: a.pods - b.pods, cpuMilli: a.cpuMilli - b.cpuMilli, memoryBytes: a.memoryBytes - b.memoryBytes };
}

function cores(milli: number): string {
  return String(Number((milli / 1000).toFixed(2)));
}
