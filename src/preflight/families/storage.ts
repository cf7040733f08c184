import { bytesText } from '../../kube/quantity.ts';
import type { FindingReport } from '../../model/report.ts';
import { itemText, targetClass } from '../mapped.ts';
import { type Assigned, type Family, few, groupedBy, restoredOf, type Survey, warn } from '../survey.ts';

/** Room and classes for the volumes. Classes and CSI drivers that are missing altogether the driver itself finds. */
export const storage: Family = {
  name: 'storage',
  judge: (survey) => {
    const claims = restoredOf(survey).filter(({ item }) => item.resource === 'persistentvolumeclaims');
    return [...noDefaultClass(survey, claims), ...noSnapshotClass(survey), ...noRoom(survey, claims)];
  },
};

/** A claim without a class gets the default one, if there is one. */
function noDefaultClass({ live }: Survey, claims: readonly Assigned[]): FindingReport[] {
  if (live.storageClasses.some(({ isDefault }) => isDefault)) return [];
  const open = claims.filter(({ item }) => item.storageClass === undefined);
  if (open.length === 0) return [];
  return [
    warn(
      'NoDefaultStorageClass',
      `${open.length} claims name no StorageClass and the cluster has no default one, so they stay Pending unless a volume is made for them: ${namesOf(open)}; mark a StorageClass as default`,
    ),
  ];
}

/** Velero looks for a class of the snapshot's driver, for the credentials in it. 1.18.3, restore/actions/csi/volumesnapshotcontent_action.go. */
function noSnapshotClass(survey: Survey): FindingReport[] {
  const drivers = new Set(restoredOf(survey).flatMap(({ item }) => item.csiDriver ?? []));
  const restoredClass = restoredOf(survey).some(({ item }) => item.kind === 'VolumeSnapshotClass');
  return [...drivers]
    .filter((driver) => !restoredClass && !survey.live.snapshotDrivers.includes(driver))
    .map((driver) =>
      warn(
        'SnapshotClassMissing',
        `the Backup holds snapshots of CSI driver ${driver}, for which the cluster has no VolumeSnapshotClass; a driver that needs credentials to read a snapshot cannot restore them: create a class of that driver`,
      ),
    );
}

/** Only where the CSI driver publishes how much room there is. */
function noRoom(survey: Survey, claims: readonly Assigned[]): FindingReport[] {
  const byClass = groupedBy(claims, (claim) => targetClass(survey.plan, claim) ?? '');
  return Array.from(byClass, ([storageClass, list]) => {
    const published = survey.live.capacities.filter((one) => one.storageClass === storageClass);
    if (published.length === 0) return [];
    const wanted = list.reduce((sum, { item }) => sum + (item.facts?.sizeBytes ?? 0), 0);
    const room = published.reduce((sum, { bytes }) => sum + bytes, 0);
    const largest = Math.max(...published.map(({ bytes, largestBytes }) => largestBytes ?? bytes));
    const tooLarge = list.filter(({ item }) => (item.facts?.sizeBytes ?? 0) > largest);
    if (wanted > room)
      return [
        warn(
          'StorageShort',
          `the claims of StorageClass ${storageClass} ask for ${bytesText(wanted)}, and its CSI driver says it has ${bytesText(room)}; make room before the run`,
        ),
      ];
    if (tooLarge.length === 0) return [];
    return [
      warn(
        'StorageShort',
        `no place of StorageClass ${storageClass} has room for ${namesOf(tooLarge)} (the largest takes ${bytesText(largest)}); make room before the run`,
      ),
    ];
  }).flat();
}

function namesOf(list: readonly Assigned[]): string {
  return few(list.map(({ item }) => itemText(item)));
}
