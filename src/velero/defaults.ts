import type { TierName } from '../model/tiers.ts';
import { volumeResources } from './kinds.ts';

/**
 * What a Velero step restores where it names no kinds. `namespaces` is not in the list: Velero makes a Namespace, with
 * its labels and annotations from the Backup, before the first object in it; the kind itself would bring back every
 * Namespace of the Backup, also those that are not the plan's (1.18.3, pkg/restore/restore.go, processSelectedResource).
 */
const defaults: { readonly [T in TierName]?: readonly string[] } = {
  namespaces: [
    'serviceaccounts',
    'clusterroles.rbac.authorization.k8s.io',
    'clusterrolebindings.rbac.authorization.k8s.io',
    'roles.rbac.authorization.k8s.io',
    'rolebindings.rbac.authorization.k8s.io',
    'resourcequotas',
    'limitranges',
    'priorityclasses.scheduling.k8s.io',
    'secrets',
    'configmaps',
  ],
  crds: ['customresourcedefinitions.apiextensions.k8s.io'],
  // One Restore: Velero goes through these by name, so deployments come before the webhook configurations. They are not
  // split: CloudNativePG's operator ends at once where its webhook configurations are not there yet.
  operators: [
    'deployments.apps',
    'statefulsets.apps',
    'daemonsets.apps',
    'services',
    'poddisruptionbudgets.policy',
    'horizontalpodautoscalers.autoscaling',
    'mutatingwebhookconfigurations.admissionregistration.k8s.io',
    'validatingwebhookconfigurations.admissionregistration.k8s.io',
    'apiservices.apiregistration.k8s.io',
  ],
  storage: volumeResources,
};

/** The kinds of a tier's default filter; empty where a step must name its own. */
export function defaultResources(tier: TierName): readonly string[] {
  return defaults[tier] ?? [];
}
