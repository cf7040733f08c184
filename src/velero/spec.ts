import { z } from 'zod';
import type { TierName } from '../model/tiers.ts';
import { defaultResources } from './defaults.ts';
import { fullName, namesKind, webhookResources } from './kinds.ts';
import { neverNamed } from './never.ts';
import { refusesMapping } from './mapping.ts';
import { LabelSelector } from './selector.ts';
import { RestoreHook } from './spec-hooks.ts';
import { ModifierRule } from './spec-modifiers.ts';
import { DnsLabel, GoDuration, NamespacePattern, ResourceName } from './spec-words.ts';

const StorageClassName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
    'the name of a StorageClass has lower-case letters, digits, dashes and dots',
  );
const ImageText = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$/, 'the beginning of an image reference, like registry.lost.example/shop/');

/** An error of Velero's that a plan's author has decided to bear. */
export const AcceptError = z.strictObject({
  matches: z
    .string()
    .trim()
    .min(8, 'a text of at least 8 characters, else it fits too much')
    .describe("A text that the error's message contains, letter by letter."),
  reason: z.string().trim().min(1).describe('Why that is no harm; it stands in the report.'),
});
export type AcceptError = z.output<typeof AcceptError>;

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
    .array(NamespacePattern)
    .min(1)
    .optional()
    .describe("Namespaces to restore from; the plan's namespaces unless told."),
  excludedNamespaces: z.array(NamespacePattern).optional().describe('Namespaces to leave out.'),
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
  includeOwnedPods: z
    .boolean()
    .optional()
    .describe(
      'Restore pods with the controllers that own them: the data of file-system backups and hooks come back by the very pods.',
    ),
  namespaceMapping: z
    .record(DnsLabel, DnsLabel)
    .optional()
    .describe("Namespaces of the Backup to others to restore into. The plan's `namespaces` are the target cluster's."),
  storageClassMapping: z
    .record(StorageClassName, StorageClassName)
    .optional()
    .describe('StorageClasses of the Backup to others, in claims, volumes and the templates of StatefulSets.'),
  imageMapping: z
    .record(ImageText, ImageText)
    .optional()
    .describe(
      'Beginnings of image references in the Backup to what takes their place, in pods and whatever makes pods; the longest that fits.',
    ),
  resourceModifiers: z
    .array(ModifierRule)
    .min(1)
    .optional()
    .describe("Velero's resource modifier rules: patches for objects while they are restored."),
  restoreStatus: z
    .strictObject({
      includedResources: z.array(ResourceName).min(1).describe('Kinds whose status comes back too.'),
      excludedResources: z.array(ResourceName).optional().describe('Kinds whose status does not.'),
    })
    .optional()
    .describe('Which kinds get their status from the Backup; none unless told.'),
  hooks: z.array(RestoreHook).min(1).optional().describe('What Velero runs in restored pods.'),
  preserveNodePorts: z
    .boolean()
    .optional()
    .describe('Keep the node ports of Services; unless told only those that the Service itself asks for.'),
  acceptErrors: z
    .array(AcceptError)
    .min(1)
    .optional()
    .describe('Errors that this step may end with: each is an exception in the report. Any other error holds the run.'),
  itemOperationTimeout: GoDuration.optional().describe(
    "How long asynchronous data movement may take; Velero's default is 4h.",
  ),
});
export type VeleroSpec = z.output<typeof VeleroSpec>;

/** Why a spec makes no sense in a tier, one sentence with what to write instead; undefined when it does. */
export function refuses(tier: TierName, spec: VeleroSpec): string | undefined {
  return refusesSelection(tier, spec) ?? refusesNames(tier, spec) ?? refusesWay(tier, spec);
}

function refusesWay(tier: TierName, spec: VeleroSpec): string | undefined {
  const named = spec.includedResources?.filter((name) => name !== '*') ?? defaultResources(tier);
  const hasPods = named.length === 0 || spec.includeOwnedPods || named.some((name) => fullName(name) === 'pods');
  if (spec.hooks && !hasPods)
    return 'hooks run in pods that this step restores, and it restores none: set includeOwnedPods: true, or add pods to includedResources';
  return spec.namespaceMapping && refusesMapping(spec.namespaceMapping, spec.includedNamespaces);
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
