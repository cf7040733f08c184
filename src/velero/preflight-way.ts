import type { DriverContext, Finding } from '../drivers/driver.ts';
import type { BackupItem, PinnedBackup } from '../model/backup.ts';
import { type FileBackup, readFileBackups } from './file-backups.ts';
import type { Filter } from './filters.ts';
import { disagreements, mappedBy } from './mapping.ts';
import { mappedImage } from './modifiers.ts';
import type { VeleroSpec } from './spec.ts';

/** What stands in the way of how a step restores: its mappings, and data that would stay behind. */
export async function wayFindings(
  ctx: DriverContext,
  spec: VeleroSpec,
  backup: PinnedBackup,
  filter: Filter,
  wanted: readonly BackupItem[],
): Promise<Finding[]> {
  const { items } = await ctx.inventory();
  const files = await readFileBackups(ctx.kube, backup, ctx.signal);
  return [
    ...disagreements(ctx.plan).map((message) => finding('block', 'NamespaceMappingsDiffer', message)),
    ...forgottenMappings(ctx, spec, wanted),
    ...unusedMappings(ctx.step.name, spec, filter, wanted),
    ...lostFiles(ctx, backup.name, items, files),
  ];
}

function finding(severity: Finding['severity'], reason: string, message: string): Finding {
  return { severity, reason, message };
}

/** Where one step sends a namespace somewhere else, one that leaves its objects where they were is held at its end. */
function forgottenMappings(ctx: DriverContext, spec: VeleroSpec, wanted: readonly BackupItem[]): readonly Finding[] {
  const takes = new Set(wanted.map((item) => (item.resource === 'namespaces' ? item.name : item.namespace)));
  return mappedBy(ctx.plan)
    .filter(({ source }) => takes.has(source) && spec.namespaceMapping?.[source] === undefined)
    .map(({ source, target, step }) =>
      finding(
        'block',
        'NamespaceMappingsDiffer',
        `step ${step} sends namespace ${source} to ${target}, and step ${ctx.step.name} restores objects of ${source} without a mapping, so into ${source} itself: a plan restores a namespace once; write the same namespaceMapping in both, or take ${source} out of the includedNamespaces of ${ctx.step.name}`,
      ),
    );
}

/** A line of a mapping that changes nothing is a slip of the pen: of a namespace it sends objects to the wrong place. */
function unusedMappings(
  step: string,
  spec: VeleroSpec,
  filter: Filter,
  wanted: readonly BackupItem[],
): readonly Finding[] {
  const taken = (name: string): boolean =>
    filter.includedNamespaces.includes('*') || filter.includedNamespaces.includes(name);
  const namespaces = Object.keys(spec.namespaceMapping ?? {}).filter((name) => !taken(name));
  const classes = new Set(
    wanted.flatMap((item) => [item.storageClass ?? [], (item.classPlaces ?? []).map(({ value }) => value)].flat()),
  );
  const images = wanted.flatMap((item) => item.imagePlaces ?? []).map(({ value }) => value);
  const unused = (key: string, what: string): Finding =>
    finding(
      'warn',
      'MappingUnused',
      `step ${step}: ${key} fits ${what} that this step restores; correct it or take it out`,
    );
  return [
    ...namespaces.map((name) =>
      finding(
        'block',
        'MappingUnused',
        `step ${step}: namespaceMapping names ${name}, from which this step restores nothing (it takes ${filter.includedNamespaces.join(', ')}); correct the name, or add it to includedNamespaces`,
      ),
    ),
    ...Object.keys(spec.storageClassMapping ?? {})
      .filter((name) => !classes.has(name))
      .map((name) => unused(`storageClassMapping ${name}`, 'no claim')),
    ...Object.keys(spec.imageMapping ?? {})
      .filter((from) => !images.some((image) => mappedImage({ [from]: '' }, image) !== undefined))
      .map((from) => unused(`imageMapping ${from}`, 'no image')),
  ];
}

/** Without its Pod a volume that was backed up file by file comes back empty, and Velero says Completed. */
function lostFiles(
  ctx: DriverContext,
  backup: string,
  items: readonly BackupItem[],
  files: readonly FileBackup[],
): readonly Finding[] {
  const find = (resource: string, namespace: string, name: string): BackupItem | undefined =>
    items.find((item) => item.resource === resource && item.namespace === namespace && item.name === name);
  return files.flatMap(({ namespace, pod, volume, claim }) => {
    const podItem = find('pods', namespace, pod);
    if (!podItem || ctx.restoredBy(podItem)) return [];
    const claimItem = claim ? find('persistentvolumeclaims', namespace, claim) : undefined;
    if (!claimItem || !ctx.restoredBy(claimItem)) return [];
    return [
      finding(
        'block',
        'FilesWithoutPod',
        `the data of claim ${namespace}/${claim ?? volume} is in Backup ${backup} as files of Pod ${namespace}/${pod}, which no step restores: the claim would come back empty; set includeOwnedPods: true in the step of its workload (${podItem.controller ? `${podItem.controller.kind} ${podItem.controller.name}` : 'name pods there'})`,
      ),
    ];
  });
}
