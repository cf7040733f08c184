import { listAt } from '../kube/read.ts';
import type { ApiResource, KubeObject } from '../kube/types.ts';
import { isListedByCleanUp } from '../model/drill.ts';
import { labelKeys } from '../model/labels.ts';
import type { LeftOver } from '../model/report.ts';
import { groupOf } from '../model/verdict.ts';
import { textAt } from '../velero/fields.ts';
import { eachKind, listOf } from './clean-up-facts.ts';
import { closedNamespaces } from './drill-namespaces.ts';
import type { Session } from './session.ts';

/**
 * Cluster-scoped kinds that a cluster makes by itself, for its nodes, addresses and attached volumes: Kubernetes 1.34;
 * the last lines are those of Cilium and Calico for pods and nodes, of Karpenter's nodes, and of Kyverno's reports.
 */
const ofTheCluster = new Set([
  ...['Node', 'CSINode', 'CertificateSigningRequest', 'VolumeAttachment', 'StorageVersion', 'StorageVersionMigration'],
  ...['IPAddress', 'ServiceCIDR', 'ResourceSlice', 'NodeFeature'],
  ...['CiliumNode', 'CiliumIdentity', 'CiliumEndpointSlice', 'IPAMBlock', 'IPAMHandle', 'IPAMConfig', 'BlockAffinity'],
  ...['NodeClaim', 'ClusterPolicyReport', 'ClusterEphemeralReport', 'ClusterBackgroundScanReport'],
]);

/** On what the API server makes of its own: APIServices of definitions, its roles, its flow schemas. */
const automatic = [
  'kube-aggregator.kubernetes.io/automanaged',
  'kubernetes.io/bootstrapping',
  'apf.kubernetes.io/autoupdate-spec',
];

/** What says to whom a volume or a snapshot's content belongs. */
const belongsBy: Readonly<Record<string, string>> = {
  PersistentVolume: 'claimRef',
  VolumeSnapshotContent: 'volumeSnapshotRef',
  VolumeGroupSnapshotContent: 'volumeGroupSnapshotRef',
};

/**
 * Cluster-scoped objects that came while the drill stood, and that nothing says whose they are: an operator that the drill
 * brought back may have made them. They are named and never removed: they may be somebody else's.
 */
export async function unexplained(session: Session): Promise<readonly LeftOver[]> {
  const { kube, signal, ledger } = session;
  const kinds = (await kube.resources({ signal })).filter((kind) => !kind.namespaced && isListedByCleanUp(kind));
  const blind: LeftOver[] = [];
  const found = await eachKind(kinds, async (kind) => {
    if (ofTheCluster.has(kind.kind)) return [];
    const objects = await listOf(session, kind, { metadataOnly: !(kind.kind in belongsBy) }, blind);
    return objects.filter((object) => isUnexplained(object, ledger.firstWriteAt)).map((object) => named(kind, object));
  });
  return [...found.flat(), ...blind];
}

/** Whether nothing says whose a cluster-scoped object is, and it is no older than the drill. Pure. */
export function isUnexplained(object: KubeObject, firstWriteAt: string): boolean {
  const { kind, metadata } = object;
  const { name, labels = {}, annotations = {}, creationTimestamp = '' } = metadata;
  if (!(Date.parse(creationTimestamp) >= Date.parse(firstWriteAt))) return false;
  if (kind === 'Namespace' && closedNamespaces.includes(name)) return false;
  if (automatic.some((key) => key in labels || key in annotations)) return false;
  // Ours is listed otherwise; another recovery or drill answers for what is its own.
  if (labelKeys.drill in labels || labelKeys.recovery in labels) return false;
  // The drill's own volumes are gone by now: this one is of somebody else's claim.
  const reference = belongsBy[kind];
  return reference === undefined || textAt(object, 'spec', reference, 'namespace') === undefined;
}

function named({ apiVersion, plural }: ApiResource, { kind, metadata }: KubeObject): LeftOver {
  const group = groupOf(apiVersion);
  const manager = textAt(listAt({ metadata }, 'metadata', 'managedFields')[0], 'manager');
  const by = manager === undefined ? '' : ` by ${manager}`;
  const resource = group === '' ? plural : `${plural}.${group}`;
  return {
    kind,
    name: metadata.name,
    why: `not explained: made at ${metadata.creationTimestamp ?? 'a time unknown'}${by}, after the drill began, and nothing says that it is the drill's; look at it with \`kubectl get ${resource} ${metadata.name} -o yaml\`, and remove it if an operator of the drill made it`,
  };
}
