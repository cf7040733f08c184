import type { Access } from '../../kube/types.ts';
import type { FindingReport } from '../../model/report.ts';
import { block, type Family, few, groupedBy, type Survey, warn } from '../survey.ts';

/** What the run will do and this login may not, and what therefore was not looked at. */
export const permissions: Family = {
  name: 'permissions',
  judge: ({ live }) => [...denied(live.denied), ...notLookedAt(live.unread)],
};

function denied(accesses: readonly Access[]): FindingReport[] {
  if (accesses.length === 0) return [];
  const places = groupedBy(accesses, ({ group, resource, namespace }) => `${resource} ${group} ${namespace ?? ''}`);
  const texts = Array.from(places.values(), (list) => {
    const [first] = list;
    const name = first?.group ? `${first.resource}.${first.group}` : (first?.resource ?? '');
    const where = first?.namespace ? ` in namespace ${first.namespace}` : ' in the whole cluster';
    return `${list.map(({ verb }) => verb).join(', ')} ${name}${where}`;
  });
  return [
    block(
      'PermissionDenied',
      `this login may not do what the run needs: ${few(texts, 8)}; grant it to the worker (docs/runbook.md lists what it needs)`,
    ),
  ];
}

function notLookedAt(unread: Survey['live']['unread']): FindingReport[] {
  if (unread.length === 0) return [];
  return [
    warn(
      'NotLookedAt',
      `this login may not read ${few(unread, 8)}, so what depends on it was not judged; grant get and list to look at that too`,
    ),
  ];
}
