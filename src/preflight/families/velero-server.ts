import type { FindingReport } from '../../model/report.ts';
import { fullName } from '../../velero/kinds.ts';
import { goDurationMs } from '../go-duration.ts';
import { block, type Family, few, type Survey, warn } from '../survey.ts';
import { flagOf } from '../velero-facts.ts';

/** How Velero itself is set up: arguments of its server, and its storage location. */
export const veleroServer: Family = {
  name: 'veleroServer',
  judge: (survey) => (survey.backup ? [...priorities(survey), ...syncPeriod(survey), ...location(survey)] : []),
};

/** What must come before what. Velero 1.18.3, pkg/cmd/server/config/config.go defaultRestorePriorities. */
const orders: readonly (readonly [first: string, then: string])[] = [
  ['customresourcedefinitions', 'persistentvolumeclaims'],
  ['namespaces', 'persistentvolumeclaims'],
  ['storageclasses', 'persistentvolumeclaims'],
  ['volumesnapshotcontents.snapshot.storage.k8s.io', 'volumesnapshots.snapshot.storage.k8s.io'],
  ['volumesnapshots.snapshot.storage.k8s.io', 'persistentvolumeclaims'],
  ['datauploads.velero.io', 'persistentvolumeclaims'],
  ['persistentvolumes', 'persistentvolumeclaims'],
  ['persistentvolumeclaims', 'pods'],
];

/** The flag replaces the whole list; what it lacks comes after it, in the order of the alphabet. */
function priorities({ live: { velero } }: Survey): FindingReport[] {
  const written = flagOf(velero.args, 'restore-resource-priorities');
  if (written === undefined) return [];
  const names = written.split(',').map((name) => name.trim());
  const high = (names.includes('-') ? names.slice(0, names.indexOf('-')) : names).map(fullName);
  const broken = orders.filter(([first, then]) => !comesBefore(high, fullName(first), fullName(then)));
  const what = "Velero's server runs with its own --restore-resource-priorities, which replaces the whole list";
  if (broken.length === 0)
    return [{ severity: 'info', reason: 'RestorePriorities', message: `${what}; what has to be in order there is` }];
  const texts = broken.map(([first, then]) => `${first} does not come before ${then}`);
  const message = `${what}: ${few(texts)}; take the argument out of the server's Deployment, tiers need none`;
  const losesData = velero.movesData && broken.some(([first]) => first === 'datauploads.velero.io');
  return [losesData ? block('RestorePriorities', message) : warn('RestorePriorities', message)];
}

function comesBefore(high: readonly string[], first: string, then: string): boolean {
  const [a, b] = [high.indexOf(first), high.indexOf(then)];
  if (a >= 0) return b < 0 || a < b;
  return b < 0 && first < then;
}

/** How long planning waits for a Backup to appear after a wipe. */
const patienceMs = 5 * 60_000;

function syncPeriod({ live: { velero } }: Survey): FindingReport[] {
  const own = velero.location?.syncPeriod;
  const flag = flagOf(velero.args, 'backup-sync-period');
  const written = own ?? flag;
  if (written === undefined) return [];
  const where = own === undefined ? '--backup-sync-period' : `backupSyncPeriod of ${velero.location?.name ?? ''}`;
  const ms = goDurationMs(written);
  if (ms !== undefined && ms > 0 && ms <= patienceMs) return [];
  const often =
    ms === 0
      ? 'never, so a Backup does not appear by itself in a new cluster'
      : `only every ${written}, longer than a run waits for a Backup`;
  return [
    warn('SyncPeriod', `Velero looks into its storage location ${often} (${where}: ${written}); set it to a minute`),
  ];
}

/** Two servers that both write to one location delete each other's Backups, and a drill must not touch the live site's. */
function drillWrites(namespace: string, name: string): FindingReport {
  return block(
    'LocationWritable',
    `BackupStorageLocation ${namespace}/${name} of the drill's cluster may be written, and the live site's backups are in it: set its accessMode to ReadOnly (kubectl patch backupstoragelocation ${name} -n ${namespace} --type merge -p '{"spec":{"accessMode":"ReadOnly"}}')`,
  );
}

/** How near its end a Backup must be for a writable location to matter. */
const nearMs = 7 * 86_400_000;

/** A location that may be written is one whose expired Backups this server deletes. 1.18.3, pkg/controller/gc_controller.go. */
function location({ live: { velero }, now, backup, plan }: Survey): FindingReport[] {
  const { location: found, expiration, schedules } = velero;
  if (!found || found.readOnly) return [];
  if (plan.drillOf !== undefined) return [drillWrites(velero.namespace, found.name)];
  const what = `BackupStorageLocation ${velero.namespace}/${found.name} is not read-only`;
  const leftMs = expiration === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiration) - now.getTime();
  const advice = 'set its accessMode to ReadOnly until the site is back';
  if (leftMs < nearMs)
    return [
      warn(
        'LocationWritable',
        `${what}, and Backup ${backup?.name ?? ''} expires at ${expiration ?? '?'}: Velero deletes it then; ${advice}`,
      ),
    ];
  if (schedules.length > 0)
    return [
      warn(
        'LocationWritable',
        `${what}, and ${schedules.length} Schedules run in this cluster (${few(schedules)}): they would write Backups of a half-restored site beside the good ones; pause them, or ${advice}`,
      ),
    ];
  return [
    {
      severity: 'info',
      reason: 'LocationWritable',
      message: `${what}: this server deletes Backups there when they expire; ${advice}`,
    },
  ];
}
