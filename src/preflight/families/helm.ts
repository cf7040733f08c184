import { type HelmRecord, helmRecordOf } from '../../kube/helm-record.ts';
import type { FindingReport } from '../../model/report.ts';
import { itemText } from '../mapped.ts';
import { type Assigned, type Family, few, groupedBy, restoredOf, type Survey, warn } from '../survey.ts';

/** Helm releases that were not deployed when the backup was taken: they come back as they were. */
export const helm: Family = { name: 'helm', judge };

interface Noted extends HelmRecord {
  readonly assigned: Assigned;
}

/** What Helm calls a release that is as it should be, or gone; source: Helm 3.19, pkg/release/status.go. */
const atRest = ['deployed', 'superseded', 'uninstalled'];

function judge(survey: Survey): readonly FindingReport[] {
  const records = restoredOf(survey).flatMap((assigned): Noted[] => {
    const { kind, name, labels } = assigned.item;
    const record = kind === 'Secret' || kind === 'ConfigMap' ? helmRecordOf(name, labels) : undefined;
    return record === undefined ? [] : [{ ...record, assigned }];
  });
  const releases = groupedBy(records, ({ assigned, release }) => `${assigned.at.namespace ?? ''}/${release}`);
  // A revision that failed stays noted as failed after a later one went well: only the newest counts.
  const newest = Array.from(releases, ([name, revisions]) => ({
    name,
    record: revisions.reduce((last, one) => (one.revision > last.revision ? one : last)),
  }));
  const open = newest.filter(({ record }) => !atRest.includes(record.status));
  if (open.length === 0) return [];
  const names = few(
    open.map(({ name, record }) => `${name} (revision ${record.revision}: ${record.status || 'no status'})`),
  );
  return [
    warn(
      'HelmReleaseNotDeployed',
      `by Helm's records in the Backup these releases are not deployed: ${names}; they come back like that. What they run is judged all the same, but Helm refuses to change a pending one before it is rolled back`,
      open.length === 1 && open[0] ? { object: itemText(open[0].record.assigned.item) } : {},
    ),
  ];
}
