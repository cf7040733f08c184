import type { BackupItem } from '../model/backup.ts';
import type { Reader } from './reader.ts';
import type { ServedKind } from './survey.ts';
import { groupOf } from '../model/verdict.ts';
import { groupedBy } from './survey.ts';

/** Which of the kinds that steps take the cluster serves, at which version. */
export async function readKinds(reader: Reader, taken: readonly BackupItem[]): Promise<readonly ServedKind[]> {
  const kinds = [...groupedBy(taken, ({ apiVersion, kind }) => `${apiVersion} ${kind}`).values()].flatMap(
    ([first]) => first ?? [],
  );
  const served = await Promise.all(kinds.map((kind) => reader.serves(kind)));
  const all = served.every(Boolean) ? [] : await reader.kinds();
  return kinds.map(({ apiVersion, kind, resource }, index) => {
    const insteadAt = all.find(
      (other) => other.kind === kind && groupOf(other.apiVersion) === groupOf(apiVersion) && !served[index],
    )?.apiVersion;
    return { apiVersion, kind, resource, served: served[index] === true, ...(insteadAt ? { insteadAt } : {}) };
  });
}
