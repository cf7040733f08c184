import type { BackupItem } from '../model/backup.ts';
import type { JsonObject } from '../model/json.ts';
import { quiesceIndexOf } from '../model/quiesce.ts';
import { patchOnTheWay } from '../quiesce/facts.ts';
import { landing, mappingOf } from './mapping.ts';
import type { OwnRules } from './own-rules.ts';

/**
 * Stops what the plan quiesces on its way into the cluster: nothing of it can act between its making and our patch. Objects that
 * want the same patch share a rule. Conditions ask for the namespace in the Backup: Velero 1.18.3, internal/resourcemodifiers.
 */
export const quiesceRules: OwnRules = ({ plan, recovery, wanted }) => {
  const mapping = mappingOf(plan);
  const groups = new Map<string, { readonly item: BackupItem; readonly patch: JsonObject; readonly names: string[] }>();
  for (const item of wanted) {
    const facts = item.facts?.quiesce;
    if (!facts) continue;
    const isWanted = quiesceIndexOf(plan.quiesce, landing(mapping, item)) !== undefined;
    const patch = patchOnTheWay({ ...item, facts, wanted: isWanted }, recovery);
    if (!patch) continue;
    const key = [item.resource, item.namespace, JSON.stringify(patch)].join(' ');
    const group = groups.get(key);
    if (group) group.names.push(item.name);
    else groups.set(key, { item, patch, names: [item.name] });
  }
  return [...groups.values()].map(({ item, patch, names }) => ({
    conditions: {
      groupResource: item.resource,
      ...(item.namespace ? { namespaces: [item.namespace] } : {}),
      resourceNameRegex: `^(${names.toSorted().map(literally).join('|')})$`,
    },
    mergePatches: [{ patchData: JSON.stringify(patch) }],
  }));
};

/** In a regular expression of Go: a name has no other sign that means something there. */
function literally(name: string): string {
  return name.replaceAll('.', '\\.');
}
