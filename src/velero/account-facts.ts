import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { BackupInventory, BackupItem } from '../model/backup.ts';
import type { Plan } from '../model/plan.ts';
import type { AccountingFacts } from './accounting.ts';
import { readLive } from './live.ts';
import { landing, mappingOf } from './mapping.ts';
import { neverRestored } from './never.ts';
import { readOwnRestores } from './own-restores.ts';

/** Of what, and for which recovery, an accounting is wanted. */
export interface AccountingInput {
  readonly kube: KubeClient;
  readonly inventory: BackupInventory;
  readonly recovery: string;
  readonly veleroNamespace: string;
  readonly plan: Plan;
  restoredBy(item: BackupItem): string | undefined;
  /** ISO 8601. */
  readonly firstWriteAt: string;
  readonly signal: AbortSignal;
  /** Default: everything in the Backup that may be restored at all. */
  readonly wanted?: readonly BackupItem[];
  /** Which Restores are the judged step's own; default: all of the recovery. */
  ofStep?(restore: KubeObject): boolean;
  /** Whose RestoreResourceLists are read: `step` = the step's own, `none` = labels only. Default: all of the recovery's. */
  readonly lists?: 'all' | 'step' | 'none';
}

/** Reads what `account` needs: the live objects, this recovery's Restores and what they say that they did. */
export async function readAccountingFacts(input: AccountingInput): Promise<AccountingFacts> {
  const { items } = input.inventory;
  const wanted = input.wanted ?? items.filter((item) => !neverRestored(item));
  const mapping = mappingOf(input.plan);
  const [live, restores] = await Promise.all([
    readLive(
      input.kube,
      wanted.map((item) => landing(mapping, item)),
      input.signal,
    ),
    readOwnRestores(
      input.kube,
      {
        recovery: input.recovery,
        namespace: input.veleroNamespace,
        ...(input.ofStep ? { ofStep: input.ofStep } : {}),
        ...(input.lists ? { lists: input.lists } : {}),
      },
      input.signal,
    ),
  ]);
  return {
    wanted,
    items,
    recovery: input.recovery,
    restores,
    live,
    isRestored: (item) => input.restoredBy(item) !== undefined,
    firstWriteAt: input.firstWriteAt,
    veleroNamespace: input.veleroNamespace,
    ignore: input.plan.ignore,
    mapping,
  };
}
