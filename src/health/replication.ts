import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../model/verdict.ts';
import { after, conditionOf, hasStatusContent, textAt } from './read.ts';

/**
 * The role of a volume, or of a group of volumes, is the wished one and its data is in sync. Primary: promoted, neither
 * degraded nor resyncing. Secondary: demoted; it stays degraded until its peer has caught up. What failed is tried again.
 * Source: csi-addons 0.14, api/replication.storage/v1alpha1/volumereplication_types.go; internal/controller/replication.storage/status.go.
 */
export function replicationVerdict(object: KubeObject): Verdict {
  if (!hasStatusContent(object)) return progressing('NoStatus', 'csi-addons has not begun with it');
  const failure = failed(object);
  if (failure !== undefined) return failure;
  const wished = textAt(object, 'spec', 'replicationState') ?? 'none';
  const role = textAt(object, 'status', 'state') ?? 'Unknown';
  const wanted: string | undefined = { primary: 'Primary', secondary: 'Secondary', resync: 'Secondary' }[wished];
  if (wanted === undefined)
    return progressing('UnknownRole', `spec.replicationState is ${wished}, a word that is not known here`);
  if (role !== wanted) return progressing('ChangingRole', `is ${role}, going to ${wanted}`);
  const completed = conditionOf(object, 'Completed');
  const done = wanted === 'Primary' ? 'Promoted' : 'Demoted';
  if (completed?.status !== 'True' || completed.reason !== done)
    return progressing(completed?.reason || `Not${done}`, `is ${role}, not ${done} yet${after(completed?.message)}`);
  const resyncing = conditionOf(object, 'Resyncing');
  if (resyncing?.status === 'True') return progressing('Resyncing', `is ${role}${after(resyncing.message)}`);
  const behind = conditionOf(object, 'Degraded');
  if (behind?.status !== 'False')
    return progressing(behind?.reason || 'SyncNotKnown', `is ${role}, not in sync yet${after(behind?.message)}`);
  const last = textAt(object, 'status', 'lastSyncTime');
  return healthy(done, `is ${role}${last === undefined ? '' : `, last in sync at ${last}`}`);
}

/** The conditions that say that something did not work. */
function failed(object: KubeObject): Verdict | undefined {
  const validated = conditionOf(object, 'Validated');
  if (validated?.status === 'False')
    return degraded(validated.reason || 'PrerequisiteNotMet', `may not be changed${after(validated.message)}`);
  const completed = conditionOf(object, 'Completed');
  if (completed?.status === 'False' && completed.reason.startsWith('FailedTo'))
    return degraded(
      completed.reason,
      `${completed.reason}${after(completed.message || textAt(object, 'status', 'message'))}`,
    );
  const behind = conditionOf(object, 'Degraded');
  if (behind?.status === 'True' && behind.reason === 'Error')
    return degraded('ReplicationError', `replication fails${after(behind.message)}`);
  return undefined;
}
