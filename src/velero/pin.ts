import type { Finding } from '../drivers/driver.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { PinnedBackup } from '../model/backup.ts';
import { backupKind, locationKind, scheduleNameLabel } from './api.ts';
import { textAt, timeAt } from './fields.ts';
import { locationState, serverState } from './server.ts';

/** Where the plan says that its Backup is. Exactly one of `backup` and `schedule`. */
export interface BackupSource {
  readonly namespace: string;
  readonly backup?: string;
  readonly schedule?: string;
}

/** What the request says of the Backup: another one than the plan's, and the one to go on with though it is flawed. */
export interface BackupWish {
  readonly backup?: string;
  readonly acceptBackup?: string;
}

export type BackupLook =
  | { readonly state: 'pinned'; readonly backup: PinnedBackup }
  | { readonly state: 'waiting'; readonly reason: string }
  | { readonly state: 'blocked'; readonly finding: Finding };

/** How long a location may take to be synced before that is a finding. Velero's default period is one minute. */
const syncPatienceMs = 300_000;

function blocked(reason: string, message: string): BackupLook {
  return { state: 'blocked', finding: { severity: 'block', reason, message } };
}

/**
 * One look for the Backup to restore from: reads only, the caller looks again while it is `waiting`. After a wipe a
 * Backup reappears only when Velero has synced its storage location, so *missing* needs a sync later than `since`.
 */
export async function lookForBackup(
  kube: KubeClient,
  source: BackupSource,
  wish: BackupWish,
  since: Date,
  signal?: AbortSignal,
): Promise<BackupLook> {
  const options = signal ? { signal } : {};
  const server = await serverState(kube, source.namespace, since, options);
  if (server.state !== 'ok') return server;
  const { items: locations } = await kube.list(locationKind, { namespace: source.namespace, ...options });
  if (locations.length === 0)
    return blocked(
      'LocationMissing',
      `Velero in namespace ${source.namespace} has no BackupStorageLocation; create the one that holds the lost site's Backups`,
    );
  const name = wish.backup ?? source.backup;
  if (name === undefined) {
    const { items } = await kube.list(backupKind, {
      namespace: source.namespace,
      labelSelector: `${scheduleNameLabel}=${source.schedule ?? ''}`,
      ...options,
    });
    return pickOfSchedule(source, items, locations, wish, since);
  }
  const backup = await kube.get({ ...backupKind, namespace: source.namespace, name }, options);
  if (!backup) return missing(`Backup ${source.namespace}/${name}`, locations, since);
  return judge(backup, locations, wish, since);
}

/** A Backup that is not there: waited for until every location has been synced since the run began. */
function missing(what: string, locations: readonly KubeObject[], since: Date): BackupLook {
  const unsynced = unsyncedLocation(locations, since);
  if (unsynced) return unsynced;
  const names = locations.map((location) => location.metadata.name).join(', ');
  return blocked(
    'BackupMissing',
    `${what} is not there, though Velero has synced its storage locations (${names}) since this run began; name a Backup that exists, or look whether the location points to the right bucket and prefix`,
  );
}

/** Why it is too early to say that a Backup is missing. */
function unsyncedLocation(locations: readonly KubeObject[], since: Date): BackupLook | undefined {
  for (const location of locations) {
    const state = locationState(location, since);
    if (state.state !== 'ok') return state;
    const synced = timeAt(location, 'status', 'lastSyncedTime');
    if (synced !== undefined && synced > since.getTime()) continue;
    const { name, namespace } = location.metadata;
    const last = synced === undefined ? 'never yet' : `last at ${new Date(synced).toISOString()}`;
    if (Date.now() - since.getTime() > syncPatienceMs)
      return blocked(
        'LocationNotSynced',
        `Velero has not synced BackupStorageLocation ${namespace ?? ''}/${name} since this run began (${last}); look at the server's log and its --backup-sync-period`,
      );
    return {
      state: 'waiting',
      reason: `waiting for Velero to sync BackupStorageLocation ${namespace ?? ''}/${name} (${last})`,
    };
  }
  return undefined;
}

/** The newest usable Backup of a Schedule; never before the locations are synced: a newer one might still appear. */
function pickOfSchedule(
  source: BackupSource,
  backups: readonly KubeObject[],
  locations: readonly KubeObject[],
  wish: BackupWish,
  since: Date,
): BackupLook {
  const unsynced = unsyncedLocation(locations, since);
  if (unsynced) return unsynced;
  const schedule = source.schedule ?? '';
  if (backups.length === 0) return missing(`a Backup of Schedule ${source.namespace}/${schedule}`, locations, since);
  const newestFirst = backups.toSorted(
    (a, b) => (timeAt(b, 'status', 'startTimestamp') ?? 0) - (timeAt(a, 'status', 'startTimestamp') ?? 0),
  );
  const accepted = newestFirst.find((backup) => backup.metadata.name === wish.acceptBackup);
  if (accepted) return judge(accepted, locations, wish, since);
  let first: BackupLook | undefined;
  for (const backup of newestFirst) {
    const look = judge(backup, locations, wish, since);
    if (look.state !== 'blocked') return look;
    first ??= look;
  }
  const why = first?.state === 'blocked' ? first.finding.message : '';
  return blocked(
    'NoUsableBackup',
    `Schedule ${source.namespace}/${schedule} has no usable Backup among ${backups.length}; the newest: ${why}`,
  );
}

/** Whether a Backup that is there may be restored from. */
function judge(backup: KubeObject, locations: readonly KubeObject[], wish: BackupWish, since: Date): BackupLook {
  const { name, namespace = '' } = backup.metadata;
  const phase = textAt(backup, 'status', 'phase') ?? '';
  const unusable = unusablePhase(`Backup ${namespace}/${name}`, phase, backup);
  if (unusable) return unusable;
  const storageLocation = textAt(backup, 'spec', 'storageLocation');
  const startTimestamp = textAt(backup, 'status', 'startTimestamp');
  if (!storageLocation || !startTimestamp)
    return blocked(
      'BackupIncomplete',
      `Backup ${namespace}/${name} has no storage location or start time, so it cannot be identified; name another one`,
    );
  const location = locations.find((candidate) => candidate.metadata.name === storageLocation);
  if (!location)
    return blocked(
      'LocationMissing',
      `Backup ${namespace}/${name} lies in BackupStorageLocation ${storageLocation}, which is not there; create it`,
    );
  const state = locationState(location, since);
  if (state.state !== 'ok') return state;
  const flaws = flawsOf(backup, phase);
  if (flaws.length > 0 && wish.acceptBackup !== name)
    return blocked(
      `Backup${flaws[0]?.flaw ?? ''}`,
      `Backup ${namespace}/${name} ${flaws.map((flaw) => flaw.text).join(' and ')}; to restore from it all the same answer retryStep {"step":"preflight","acceptBackup":"${name}"}, or name another Backup`,
    );
  const completionTimestamp = textAt(backup, 'status', 'completionTimestamp');
  return {
    state: 'pinned',
    backup: {
      namespace,
      name,
      storageLocation,
      startTimestamp,
      phase,
      ...(completionTimestamp ? { completionTimestamp } : {}),
      ...(flaws.length > 0 ? { accepted: flaws.map((flaw) => flaw.flaw).join(', ') } : {}),
    },
  };
}

/** Phases that no acceptance can help. Velero 1.18.3, pkg/apis/velero/v1/backup_types.go. */
function unusablePhase(what: string, phase: string, backup: KubeObject): BackupLook | undefined {
  if (phase === 'Deleting' || backup.metadata.deletionTimestamp)
    return blocked('BackupDeleting', `${what} is being deleted; name another one`);
  switch (phase) {
    case 'Completed':
    case 'PartiallyFailed':
      return undefined;
    case 'Failed':
    case 'FailedValidation': {
      const why = textAt(backup, 'status', 'failureReason');
      return blocked(
        'BackupFailed',
        `${what} ended as ${phase}${why ? ` (${why})` : ''} and holds no whole site; name another one`,
      );
    }
    default:
      return blocked(
        'BackupInProgress',
        `${what} is not finished (phase ${phase || 'New'}); wait until it is Completed and look again, or name another one`,
      );
  }
}

function flawsOf(backup: KubeObject, phase: string): { readonly flaw: string; readonly text: string }[] {
  const flaws: { flaw: string; text: string }[] = [];
  if (phase === 'PartiallyFailed')
    flaws.push({ flaw: 'PartiallyFailed', text: 'ended as PartiallyFailed, so some objects are not in it' });
  const expiration = timeAt(backup, 'status', 'expiration');
  if (expiration !== undefined && expiration < Date.now())
    flaws.push({
      flaw: 'Expired',
      text: `expired at ${new Date(expiration).toISOString()}, so Velero may delete it at any time`,
    });
  return flaws;
}
