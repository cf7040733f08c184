import type { BackupInventory } from '../model/backup.ts';
import { dnsResources } from '../model/drill.ts';

/** Inventories are read once by each worker and shared: what a drill marks in one is made once, too. */
const judged = new WeakMap<BackupInventory, BackupInventory>();

/** What a drill sees of a Backup: DNS records are there to be judged, and no step restores them. */
export function judgedInventory(inventory: BackupInventory): BackupInventory {
  const known = judged.get(inventory);
  if (known) return known;
  const made: BackupInventory = {
    items: inventory.items.map((item) => (dnsResources.includes(item.resource) ? { ...item, judgedOnly: true } : item)),
  };
  judged.set(inventory, made);
  return made;
}
