import { z } from 'zod';
import type { TierName } from '../model/tiers.ts';
import { defaultResources } from './defaults.ts';
import { fullName, namesKind, webhookResources } from './kinds.ts';
import { neverNamed } from './never.ts';
import { LabelSelector } from './selector.ts';

const ResourceName = z
  .string()
  .regex(
    /^[A-Za-z0-9*?]([A-Za-z0-9.*?-]*[A-Za-z0-9*?])?$/,
    'a resource name is a plural with its group, like deployments.apps',
  );
const NamespaceName = z
  .string()
  .regex(/^(\*|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$/, 'a namespace name has lower-case letters, digits and dashes');

/** What a plan may say of a Velero step. What is left out comes from the tier: docs/velero-steps.md. */
export const VeleroSpec = z.strictObject({
  includedResources: z
    .array(ResourceName)
    .min(1)
    .optional()
    .describe(
      'Kinds to restore, each as plural.group (deployments.apps, clusters.postgresql.cnpg.io). Replaces the default of the tier.',
    ),
  excludedResources: z
    .array(ResourceName)
    .optional()
    .describe('Kinds to leave out, beside those that are never restored.'),
  includedNamespaces: z
    .array(NamespaceName)
    .min(1)
    .optional()
    .describe("Namespaces to restore from; the plan's namespaces unless told."),
  excludedNamespaces: z.array(NamespaceName).optional().describe('Namespaces to leave out.'),
  includeClusterResources: z
    .boolean()
    .optional()
    .describe(
      'Whether cluster-scoped objects come back. Unless told: yes where kinds are named, but of volumes only those of restored claims.',
    ),
  labelSelector: LabelSelector.optional().describe('Restore only what carries these labels.'),
  orLabelSelectors: z
    .array(LabelSelector)
    .min(1)
    .optional()
    .describe('Restore what any of these selectors selects; not together with labelSelector.'),
  itemOperationTimeout: z
    .string()
    .regex(/^([0-9]+(h|m|s))+$/, 'a duration like 4h or 90m')
    .optional()
    .describe("How long asynchronous data movement may take; Velero's default is 4h."),
});
export type VeleroSpec = z.output<typeof VeleroSpec>;

/** Why a spec makes no sense in a tier, one sentence with what to write instead; undefined when it does. */
export function refuses(tier: TierName, spec: VeleroSpec): string | undefined {
  return refusesSelection(tier, spec) ?? refusesNames(tier, spec);
}

function refusesSelection(tier: TierName, spec: VeleroSpec): string | undefined {
  const selected = spec.labelSelector !== undefined || spec.orLabelSelectors !== undefined;
  if (spec.labelSelector && spec.orLabelSelectors)
    return 'labelSelector and orLabelSelectors exclude each other: write one of them';
  const named = spec.includedResources?.filter((name) => name !== '*') ?? [];
  if (spec.includedResources && named.length === 0 && !selected)
    return 'includedResources: ["*"] would restore everything at once: name the kinds that this step restores';
  if (!spec.includedResources && !selected && defaultResources(tier).length === 0)
    return `a velero step in tier ${tier} needs a filter, else it would restore everything at once: name includedResources, or a labelSelector`;
  if (tier === 'operators' && !spec.includedResources && !spec.includedNamespaces && !selected)
    return 'a velero step in tier operators restores all workloads of its namespaces: name the includedNamespaces of the operators, a labelSelector, or includedResources';
  return undefined;
}

function refusesNames(tier: TierName, spec: VeleroSpec): string | undefined {
  for (const name of spec.includedResources ?? []) {
    if (name === '*') continue;
    const never = neverNamed(name);
    if (never) return `${name} is never restored: ${never}; take it out of includedResources`;
    if (spec.excludedResources?.some((excluded) => fullName(excluded) === fullName(name)))
      return `${name} stands in includedResources and in excludedResources: take one of them out`;
    if (
      (tier === 'namespaces' || tier === 'crds') &&
      webhookResources.some((resource) => namesKind(name, { resource, kind: '' }))
    )
      return `${name} may not come before the workload that answers it: restore it in tier operators, with or after its Deployment`;
  }
  if (spec.excludedNamespaces?.includes('*')) return 'excludedNamespaces may not hold "*"';
  if (spec.includeClusterResources === false && tier === 'crds' && !spec.includedResources)
    return 'includeClusterResources: false restores no CustomResourceDefinition: take it out';
  return undefined;
}
