import { createHash } from 'node:crypto';
import type { BackupItem } from '../model/backup.ts';
import { labelKeys } from '../model/labels.ts';
import type { IgnoreRule } from '../model/plan.ts';
import { groupOf, refKey } from '../model/verdict.ts';
import { restoreNameLabel } from './api.ts';
import type { Live, LiveObject } from './live.ts';
import { landing, type NamespaceMapping } from './mapping.ts';
import { isPlatform } from './platform.ts';
import type { RestoredEntry } from './results.ts';

/**
 * Where a wanted item came from. `created`: by this step. `earlier`: by another step or generation of this recovery.
 * `usual`: every namespace has it. `byClaim`: a volume's parts, counted by their claim. `accepted`: missing, by an error that was
 * accepted (`bear`). The last two are not accounted for.
 */
export type Account =
  | 'created'
  | 'earlier'
  | 'usual'
  | 'platform'
  | 'derived'
  | 'byClaim'
  | 'ignored'
  | 'accepted'
  | 'existing'
  | 'missing';

export interface Accounted {
  readonly item: BackupItem;
  readonly account: Account;
  /** Where it stands once it is restored: the item itself, or the same in the namespace that it is mapped to. */
  readonly at: BackupItem;
  /** For `existing`, `missing` and `accepted`: what was found instead. */
  readonly why?: string;
}

/** A Restore of this recovery with what its RestoreResourceList says, where that was read. */
export interface OwnRestore {
  readonly name: string;
  readonly uid: string;
  /** Of the step that is judged. */
  readonly ofStep: boolean;
  readonly entries?: readonly RestoredEntry[];
}

/** What an accounting is made from; all of it already read. */
export interface AccountingFacts {
  /** What the step's filter takes. */
  readonly wanted: readonly BackupItem[];
  /** Everything in the Backup, to follow owners. */
  readonly items: readonly BackupItem[];
  /** Its label is on what other drivers made. */
  readonly recovery: string;
  readonly restores: readonly OwnRestore[];
  readonly live: Live;
  /** Whether some step of the plan restores an item. */
  readonly isRestored: (item: BackupItem) => boolean;
  /** Server time of the recovery's first write, ISO 8601. */
  readonly firstWriteAt: string;
  readonly veleroNamespace: string;
  readonly ignore: readonly IgnoreRule[];
  /** Where the plan's steps send namespaces of the Backup; absent = nowhere else. */
  readonly mapping?: NamespaceMapping;
}

/** Accounts for every wanted item. Pure: DESIGN "Velero's phases are not enough". */
export function account(facts: AccountingFacts): readonly Accounted[] {
  const index = indexOf(facts);
  return facts.wanted.map((item) => {
    const at = landing(facts.mapping ?? {}, item);
    const found = accountItem(facts, index, item, at);
    const open = found.account === 'existing' || found.account === 'missing';
    return open && facts.ignore.some((rule) => ignores(rule, item))
      ? { item, at, account: 'ignored' }
      : { item, at, ...found };
  });
}

type Found = Omit<Accounted, 'item' | 'at'>;

interface Index {
  /** Which Restores say that they created an object: by reference key. */
  readonly createdBy: ReadonlyMap<string, readonly OwnRestore[]>;
  readonly actions: ReadonlyMap<string, RestoredEntry>;
  readonly restoreByName: ReadonlyMap<string, OwnRestore>;
  readonly items: ReadonlyMap<string, BackupItem>;
  readonly wanted: ReadonlySet<string>;
}

function indexOf(facts: AccountingFacts): Index {
  const createdBy = new Map<string, OwnRestore[]>();
  const actions = new Map<string, RestoredEntry>();
  for (const restore of facts.restores) {
    for (const entry of restore.entries ?? []) {
      actions.set(refKey(entry), entry);
      if (entry.action === 'created') createdBy.set(refKey(entry), [...(createdBy.get(refKey(entry)) ?? []), restore]);
    }
  }
  return {
    createdBy,
    actions,
    restoreByName: new Map(facts.restores.map((restore) => [restore.name, restore])),
    items: new Map(facts.items.map((item) => [ownerKey(item), item])),
    wanted: new Set(facts.wanted.map((item) => refKey(item))),
  };
}

function ownerKey(item: Pick<BackupItem, 'apiVersion' | 'kind' | 'name' | 'namespace'>): string {
  return `${groupOf(item.apiVersion)}/${item.kind}/${item.namespace ?? ''}/${item.name}`;
}

/** `at` is where the item is looked for; the item itself is what owners, rules and other items refer to. */
function accountItem(facts: AccountingFacts, index: Index, item: BackupItem, at: BackupItem): Found {
  switch (item.resource) {
    case 'volumesnapshots.snapshot.storage.k8s.io':
    case 'volumesnapshotcontents.snapshot.storage.k8s.io':
      return snapshot(facts, index, at);
    case 'persistentvolumeclaims':
      return claim(facts, index, at);
    case 'persistentvolumes':
      return volume(facts, index, item);
    default:
      return plain(facts, index, item, at);
  }
}

/** The Restore of this recovery that a live object's label names. */
function labelledBy(index: Index, live: LiveObject | undefined): OwnRestore | undefined {
  return index.restoreByName.get(live?.labels[restoreNameLabel] ?? '');
}

function byRestore(restore: OwnRestore): Found {
  return { account: restore.ofStep ? 'created' : 'earlier' };
}

function plain(facts: AccountingFacts, index: Index, item: BackupItem, at: BackupItem): Found {
  const live = facts.live(at);
  const maker = index.createdBy.get(refKey(at))?.at(-1) ?? labelledBy(index, live);
  if (maker) return byRestore(maker);
  // What no step takes comes back with its owner, maybe under another name (a generated one, an older revision).
  if (!live)
    return !facts.isRestored(item) && ownerRestored(facts, index, item, 5) ? { account: 'derived' } : absent(index, at);
  if (isUsual(item)) return { account: 'usual' };
  if (isAutomatic(live)) return { account: 'platform' };
  if (live.labels[labelKeys.recovery] === facts.recovery) return { account: 'earlier' };
  const before = Date.parse(live.createdAt) < Date.parse(facts.firstWriteAt);
  if (before) return isPlatform(item, facts.veleroNamespace) ? { account: 'platform' } : existing(live);
  // Velero puts no label on a Namespace: younger than our first write means made on the way by another step.
  if (item.resource === 'namespaces') return { account: 'earlier' };
  return isDerived(facts, index, item, live) ? { account: 'derived' } : existing(live);
}

function absent(index: Index, item: BackupItem): Found {
  const action = index.actions.get(refKey(item))?.action;
  return { account: 'missing', why: action ? `Velero ${action} it` : 'Velero did not try it' };
}

function existing(live: LiveObject): Found {
  const owner = live.controller ? `, owned by ${live.controller.kind} ${live.controller.name}` : '';
  return { account: 'existing', why: `made at ${live.createdAt}${owner}, not by this recovery` };
}

/** What a new cluster or namespace has by itself. */
function isUsual(item: BackupItem): boolean {
  switch (item.resource) {
    case 'configmaps':
      return item.name === 'kube-root-ca.crt';
    case 'serviceaccounts':
      return item.name === 'default';
    case 'services':
      return item.namespace === 'default' && item.name === 'kubernetes';
    default:
      return false;
  }
}

/** The API server makes these by itself, also for the kinds of a definition that was only just restored. */
function isAutomatic(live: LiveObject): boolean {
  return live.labels['kube-aggregator.kubernetes.io/automanaged'] !== undefined;
}

/** Made anew by its owner, which this plan restores. Never a claim: an empty one looks just the same. */
function isDerived(facts: AccountingFacts, index: Index, item: BackupItem, live: LiveObject): boolean {
  const { controller } = item;
  if (!controller || live.controller?.kind !== controller.kind || live.controller.name !== controller.name)
    return false;
  return ownerRestored(facts, index, item, 5);
}

function ownerRestored(facts: AccountingFacts, index: Index, item: BackupItem, depth: number): boolean {
  if (!item.controller || depth === 0) return false;
  const { apiVersion, kind, name } = item.controller;
  const inNamespace = item.namespace
    ? index.items.get(ownerKey({ apiVersion, kind, name, namespace: item.namespace }))
    : undefined;
  const owner = inNamespace ?? index.items.get(ownerKey({ apiVersion, kind, name }));
  if (!owner) return false;
  return facts.isRestored(owner) || ownerRestored(facts, index, owner, depth - 1);
}

/**
 * A claim counts only where the Restore that its label names says itself that it created it: some operators copy all
 * labels of their resource to the claims that they make, and such a claim is empty.
 */
function claim(facts: AccountingFacts, index: Index, at: BackupItem): Found {
  const live = facts.live(at);
  const makers = index.createdBy.get(refKey(at)) ?? [];
  if (!live) {
    const maker = makers.at(-1);
    return maker ? byRestore(maker) : absent(index, at);
  }
  const maker = labelledBy(index, live);
  if (maker && makers.includes(maker)) return byRestore(maker);
  if (!maker || maker.entries) return existing(live);
  return isCopyOf(facts, at, live, maker) ? byRestore(maker) : ofTheDead(live, maker);
}

/**
 * Whether a claim was made from a snapshot that its maker brought: its data is that snapshot's, or it never binds, whatever
 * became of the maker afterwards. What a claim is made from cannot be changed.
 */
function isCopyOf(facts: AccountingFacts, at: BackupItem, live: LiveObject, maker: OwnRestore): boolean {
  return facts.items.some((item) => {
    if (item.resource !== 'volumesnapshots.snapshot.storage.k8s.io') return false;
    const isBeside = landing(facts.mapping ?? {}, item).namespace === at.namespace;
    return isBeside && live.snapshot === snapshotName(maker.uid, item.name);
  });
}

/** A Restore that came to no end has no list of what it made, and of its data nobody knows. */
function ofTheDead(live: LiveObject, maker: OwnRestore): Found {
  const why = `made at ${live.createdAt} by Restore ${maker.name} of this recovery, which did not come to its end: whether its data is there is not known`;
  return { account: 'existing', why };
}

/** A volume that is provisioned anew gets another name: it counts by its claim. */
function volume(facts: AccountingFacts, index: Index, item: BackupItem): Found {
  const live = facts.live(item);
  const maker = index.createdBy.get(refKey(item))?.at(-1) ?? labelledBy(index, live);
  if (maker) return byRestore(maker);
  // Of a claim that comes back in another namespace: the volume that is there still serves the old one.
  const moved = item.of !== undefined && facts.mapping?.[item.of.namespace] !== undefined;
  // One that was set aside carries our label, is kept, and serves nobody any more.
  const aside = live?.labels[labelKeys.recovery] === facts.recovery;
  if (live && !((moved || aside) && claimWanted(index, item))) return existing(live);
  return claimWanted(index, item) ? { account: 'byClaim' } : absent(index, item);
}

function claimWanted(index: Index, item: BackupItem): boolean {
  return (
    item.of !== undefined && index.wanted.has(refKey({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...item.of }))
  );
}

/** The name that Velero gives a restored VolumeSnapshot and its content. 1.18.3, pkg/util/util.go. */
export function snapshotName(restoreUid: string, originalName: string): string {
  return createHash('sha256').update(`${restoreUid}/${originalName}`).digest('hex');
}

/** Each Restore makes snapshots and contents anew, under names of its own. */
function snapshot(facts: AccountingFacts, index: Index, item: BackupItem): Found {
  const isContent = item.resource === 'volumesnapshotcontents.snapshot.storage.k8s.io';
  const original = isContent ? item.of?.name : item.name;
  for (const restore of facts.restores.toReversed()) {
    const ref = { ...item, name: snapshotName(restore.uid, original ?? '') };
    if (index.createdBy.has(refKey(ref)) || facts.live(ref)) return byRestore(restore);
  }
  return { account: 'missing', why: 'no Restore of this recovery made it anew' };
}

/** Whether a rule of the plan's `ignore` means an item. */
export function ignores(rule: IgnoreRule, item: BackupItem): boolean {
  if (rule.kind.toLowerCase() !== item.kind.toLowerCase()) return false;
  return (
    (rule.name === undefined || rule.name === item.name) &&
    (rule.namespace === undefined || rule.namespace === item.namespace)
  );
}
