import type { BackupItem } from '../model/backup.ts';
import { groupOf, refText } from '../model/verdict.ts';
import { neverRestored } from './never.ts';

/** An object that owns others in the Backup, but is not in it itself. */
export interface LostOwner {
  /** `Cluster shop-data/orders`. */
  readonly owner: string;
  /** What it owns, `Kind namespace/name`. */
  readonly owned: readonly string[];
}

/**
 * Owners that a Backup lacks. Velero looks for new kinds every five minutes only (1.18, pkg/cmd/server): a Backup taken
 * soon after a kind was installed says Completed and has what an operator made, but not the resource it made it from.
 */
export function lostOwners(items: readonly BackupItem[]): readonly LostOwner[] {
  const known = new Set(items.map((item) => `${groupOf(item.apiVersion)}/${refText(item)}`));
  const owned = new Map<string, string[]>();
  for (const item of items) {
    if (!item.controller || neverRestored(item)) continue;
    const { kind, name, apiVersion } = item.controller;
    const group = groupOf(apiVersion);
    const owner = refText({ kind, name, ...(item.namespace ? { namespace: item.namespace } : {}) });
    if (known.has(`${group}/${owner}`) || known.has(`${group}/${refText({ kind, name })}`)) continue;
    owned.set(owner, [...(owned.get(owner) ?? []), refText(item)]);
  }
  return [...owned].map(([owner, list]) => ({ owner, owned: list }));
}
