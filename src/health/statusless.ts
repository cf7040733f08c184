import type { KubeObject } from '../kube/types.ts';
import { groupOf } from '../model/verdict.ts';
import { fieldsAt, listAt, textAt, valueAt } from './read.ts';

/**
 * Kinds whose schema has no status: they are there or they are not. For judging without a cluster; with one, discovery
 * says it. Source: the Kubernetes 1.34 OpenAPI types without a `status` property, and the CRDs of external-snapshotter 8,
 * CloudNativePG 1.27, the Prometheus operator and Contour that have none.
 */
const statusless: { readonly [group: string]: readonly string[] } = {
  '': ['ConfigMap', 'Secret', 'ServiceAccount', 'LimitRange', 'Endpoints', 'Event', 'PodTemplate', 'Binding'],
  'rbac.authorization.k8s.io': ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
  'networking.k8s.io': ['NetworkPolicy', 'IngressClass', 'IPAddress'],
  'storage.k8s.io': ['StorageClass', 'CSIDriver', 'CSINode', 'CSIStorageCapacity', 'VolumeAttributesClass'],
  'scheduling.k8s.io': ['PriorityClass'],
  'node.k8s.io': ['RuntimeClass'],
  'coordination.k8s.io': ['Lease'],
  'discovery.k8s.io': ['EndpointSlice'],
  'events.k8s.io': ['Event'],
  apps: ['ControllerRevision'],
  'admissionregistration.k8s.io': [
    'ValidatingAdmissionPolicyBinding',
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
  ],
  'resource.k8s.io': ['DeviceClass', 'ResourceClaimTemplate', 'ResourceSlice'],
  'snapshot.storage.k8s.io': ['VolumeSnapshotClass'],
  'groupsnapshot.storage.k8s.io': ['VolumeGroupSnapshotClass'],
  'postgresql.cnpg.io': ['ImageCatalog', 'ClusterImageCatalog'],
};

/** Whether the schema of an object's kind has a status, from the list of built-in kinds; undefined when the list does not know it. */
export function schemaHasStatus(object: KubeObject): boolean | undefined {
  return statusless[groupOf(object.apiVersion)]?.includes(object.kind) ? false : undefined;
}

/** Whether a kind's schema has a status, from its CustomResourceDefinition among the given ones; undefined when none defines the kind. */
export function crdHasStatus(definitions: readonly KubeObject[], object: KubeObject): boolean | undefined {
  const group = groupOf(object.apiVersion);
  const definition = definitions.find(
    (crd) => textAt(crd, 'spec', 'group') === group && textAt(crd, 'spec', 'names', 'kind') === object.kind,
  );
  if (definition === undefined) return undefined;
  const versions = listAt(definition, 'spec', 'versions');
  const served = object.apiVersion.slice(group.length + 1);
  const version = versions.find((entry) => textAt(entry, 'name') === served) ?? versions[0];
  if (valueAt(version, 'subresources', 'status') !== undefined) return true;
  const schema = fieldsAt(version, 'schema', 'openAPIV3Schema');
  if (valueAt(schema, 'x-kubernetes-preserve-unknown-fields') === true) return undefined;
  return valueAt(schema, 'properties', 'status') !== undefined;
}
