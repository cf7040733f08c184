import { listAt, valueAt } from '../kube/read.ts';
import { quantityOf } from '../kube/quantity.ts';
import type { Access, KubeObject } from '../kube/types.ts';
import type { BackupItem, PinnedBackup } from '../model/backup.ts';
import type { Plan } from '../model/plan.ts';
import { textAt } from '../velero/fields.ts';
import { podImages, podRequests } from '../velero/item-facts.ts';
import { webhooksOf } from '../velero/webhook-facts.ts';
import type { ActNeed } from './act-needs.ts';
import { readKinds } from './kinds.ts';
import type { Reader } from './reader.ts';
import type { CapacityFacts, ClassFacts, LiveFacts, NodeFacts, PodFacts } from './survey.ts';
import { readVelero } from './velero-facts.ts';

/** What the facts are read for. */
export interface LiveFactsInput {
  readonly plan: Plan;
  readonly backup?: PinnedBackup;
  /** What steps take out of the Backup. */
  readonly taken: readonly BackupItem[];
  readonly veleroNamespace: string;
  readonly needs: readonly ActNeed[];
}

/** Reads everything that the families judge, side by side. */
export async function readLiveFacts(reader: Reader, input: LiveFactsInput): Promise<LiveFacts> {
  const { plan, taken } = input;
  const spaces = new Set([...plan.namespaces, ...taken.flatMap((item) => item.namespace ?? [])]);
  const withPods = taken.some((item) => item.imagePlaces !== undefined || item.facts?.images !== undefined);
  const [namespaces, siteObjects, kinds, classes, cluster, hooks, velero, denied] = await Promise.all([
    readNamespaces(reader, spaces),
    readSite(reader, plan.namespaces),
    readKinds(reader, taken),
    readClasses(reader),
    withPods ? readMachines(reader) : nothing,
    readWebhooks(reader),
    readVelero(reader, input.veleroNamespace, input.backup),
    readDenied(reader, input.needs),
  ]);
  return { namespaces, siteObjects, kinds, ...classes, ...cluster, ...hooks, velero, denied, unread: reader.unread };
}

const nothing: Pick<LiveFacts, 'nodes' | 'pods'> = { nodes: [], pods: [] };

async function readNamespaces(reader: Reader, names: ReadonlySet<string>): Promise<readonly KubeObject[]> {
  const found = await Promise.all(
    Array.from(names, (name) => reader.get({ apiVersion: 'v1', kind: 'Namespace', name })),
  );
  return found.filter((namespace) => namespace !== undefined);
}

/** What makes a namespace a live one: something that runs there, or data. */
const siteKinds = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
] as const;

async function readSite(reader: Reader, namespaces: readonly string[]): Promise<readonly KubeObject[]> {
  const lists = await Promise.all(
    namespaces.flatMap((namespace) => siteKinds.map((kind) => reader.list(kind, { namespace }))),
  );
  return lists.flat();
}

type Classes = Pick<LiveFacts, 'storageClasses' | 'snapshotDrivers' | 'priorityClasses' | 'capacities'>;

async function readClasses(reader: Reader): Promise<Classes> {
  const storageApi = { apiVersion: 'storage.k8s.io/v1' };
  const [classes, snapshotClasses, priorities, capacities] = await Promise.all([
    reader.list({ ...storageApi, kind: 'StorageClass' }),
    reader.list({ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshotClass' }),
    reader.list({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' }),
    reader.list({ ...storageApi, kind: 'CSIStorageCapacity' }),
  ]);
  return {
    storageClasses: classes.map(classFacts),
    snapshotDrivers: snapshotClasses.flatMap((one) => textAt(one, 'driver') ?? []),
    priorityClasses: priorities.map(({ metadata }) => metadata.name),
    capacities: capacities.flatMap(capacityFacts),
  };
}

function classFacts(object: KubeObject): ClassFacts {
  return {
    name: object.metadata.name,
    isDefault: object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    waitsForConsumer: textAt(object, 'volumeBindingMode') === 'WaitForFirstConsumer',
  };
}

function capacityFacts(object: KubeObject): CapacityFacts[] {
  const storageClass = textAt(object, 'storageClassName');
  const bytes = quantityOf(valueAt(object, 'capacity'));
  const largestBytes = quantityOf(valueAt(object, 'maximumVolumeSize'));
  if (!storageClass || bytes === undefined) return [];
  return [{ storageClass, bytes, ...(largestBytes === undefined ? {} : { largestBytes }) }];
}

async function readMachines(reader: Reader): Promise<Pick<LiveFacts, 'nodes' | 'pods'>> {
  const [nodes, pods] = await Promise.all([
    reader.list({ apiVersion: 'v1', kind: 'Node' }),
    // What has ended takes no room and pulls no image.
    reader.list({ apiVersion: 'v1', kind: 'Pod' }, { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' }),
  ]);
  return { nodes: nodes.map(nodeFacts), pods: pods.map(podFacts) };
}

function nodeFacts(node: KubeObject): NodeFacts {
  const ready = listAt(node, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
  const kept = listAt(node, 'spec', 'taints').some((taint) => textAt(taint, 'effect') !== 'PreferNoSchedule');
  const room = (resource: string): number => quantityOf(valueAt(node, 'status', 'allocatable', resource)) ?? 0;
  return {
    name: node.metadata.name,
    schedulable: ready && !kept && valueAt(node, 'spec', 'unschedulable') !== true,
    cpuMilli: room('cpu') * 1000,
    memoryBytes: room('memory'),
    pods: room('pods'),
    images: listAt(node, 'status', 'images').flatMap((image) =>
      listAt(image, 'names').filter((name) => typeof name === 'string'),
    ),
  };
}

function podFacts(pod: KubeObject): PodFacts {
  const spec = valueAt(pod, 'spec');
  const node = textAt(spec, 'nodeName');
  return {
    ...(node ? { node } : {}),
    running: textAt(pod, 'status', 'phase') === 'Running',
    ...podRequests(spec),
    images: podImages(spec),
  };
}

async function readWebhooks(reader: Reader): Promise<Pick<LiveFacts, 'webhooks' | 'answering'>> {
  const api = { apiVersion: 'admissionregistration.k8s.io/v1' };
  const lists = await Promise.all([
    reader.list({ ...api, kind: 'ValidatingWebhookConfiguration' }),
    reader.list({ ...api, kind: 'MutatingWebhookConfiguration' }),
  ]);
  const webhooks = lists.flat().flatMap(webhooksOf);
  const spaces = new Set(webhooks.flatMap(({ service }) => service?.namespace ?? []));
  const slices = await Promise.all(
    Array.from(spaces, (namespace) =>
      reader.list({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }, { namespace }),
    ),
  );
  const answering = slices.flat().filter(hasReadyEndpoint).map(serviceOf);
  return { webhooks, answering: [...new Set(answering)] };
}

/** `ready` left out means ready: discovery.k8s.io/v1 EndpointConditions. */
function hasReadyEndpoint(slice: KubeObject): boolean {
  return listAt(slice, 'endpoints').some((endpoint) => valueAt(endpoint, 'conditions', 'ready') !== false);
}

function serviceOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
}

/**
 * What the login may not do of what the run will do. An administrator is asked about once, and so is who may list everything:
 * the clean-up of a drill does.
 */
async function readDenied(reader: Reader, needs: readonly ActNeed[]): Promise<readonly ActNeed[]> {
  const everything = { group: '*', resource: '*' };
  if (await reader.may({ verb: '*', ...everything })) return [];
  const mayList = await reader.may({ verb: 'list', ...everything });
  const answers = new Map<string, Promise<boolean>>();
  const ask = ({ verb, group, resource, namespace, name }: ActNeed): Promise<boolean> => {
    if (mayList && verb === 'list') return Promise.resolve(true);
    const access: Access = { verb, group, resource, ...(namespace ? { namespace } : {}), ...(name ? { name } : {}) };
    const key = JSON.stringify(access);
    const answer = answers.get(key) ?? reader.may(access);
    answers.set(key, answer);
    return answer;
  };
  const allowed = await Promise.all(needs.map(ask));
  return needs.filter((_need, index) => allowed[index] === false);
}
