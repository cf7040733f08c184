import { isRecord, valueAt } from '../kube/read.ts';
import { textsAt } from './fields.ts';

/** What a Restore did with one object, by its RestoreResourceList. `name` is the name given in the cluster. */
export interface RestoredEntry {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** `failed` and `skipped` both mean that Velero made nothing: look at the object, not at the word. */
  readonly action: 'created' | 'updated' | 'skipped' | 'failed';
}

/** Reads a RestoreResourceList: `{"apps/v1/Deployment": ["ns/name(created)"]}`. Velero 1.18.3, pkg/restore/request.go. */
export function parseResourceList(list: unknown): readonly RestoredEntry[] {
  if (!isRecord(list)) return [];
  const entries: RestoredEntry[] = [];
  for (const key of Object.keys(list)) {
    const slash = key.lastIndexOf('/');
    for (const text of textsAt(list, key)) {
      const found = /^(?:([^/]+)\/)?(.+)\((created|updated|skipped|failed)\)$/.exec(text);
      const action = actions.find((candidate) => candidate === found?.[3]);
      if (!found?.[2] || !action) continue;
      entries.push({
        apiVersion: key.slice(0, slash),
        kind: key.slice(slash + 1),
        ...(found[1] ? { namespace: found[1] } : {}),
        name: found[2],
        action,
      });
    }
  }
  return entries;
}

const actions = ['created', 'updated', 'skipped', 'failed'] as const;

/** A Restore's error or warning texts: of Velero itself, of cluster-scoped objects, of each namespace. */
export interface ResultTexts {
  readonly where: string;
  readonly texts: readonly string[];
}

/** Reads one half (`errors` or `warnings`) of RestoreResults. Velero 1.18.3, pkg/util/results. */
export function parseResults(results: unknown, half: 'errors' | 'warnings'): readonly ResultTexts[] {
  const namespaces = valueAt(results, half, 'namespaces');
  const groups = [
    { where: 'Velero', texts: textsAt(results, half, 'velero') },
    { where: 'cluster', texts: textsAt(results, half, 'cluster') },
    ...(isRecord(namespaces)
      ? Object.keys(namespaces).map((name) => ({ where: name, texts: textsAt(namespaces, name) }))
      : []),
  ];
  return groups.filter((group) => group.texts.length > 0);
}

/** The texts as one line: alike ones counted once, the most frequent first, at most `limit` of them. */
export function groupTexts(groups: readonly ResultTexts[], limit = 5): string {
  const counts = new Map<string, number>();
  for (const { where, texts } of groups)
    for (const text of texts)
      counts.set(`${where}: ${text.slice(0, 300)}`, (counts.get(`${where}: ${text.slice(0, 300)}`) ?? 0) + 1);
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, limit).map(([text, count]) => (count > 1 ? `${text} (${count} times)` : text));
  const more = sorted.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
