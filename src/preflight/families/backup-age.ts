import type { FindingReport } from '../../model/report.ts';
import { type Family, type Survey, warn } from '../survey.ts';

/** How old the data is that would come back, against the objective, and whether it lasts. */
export const backupAge: Family = { name: 'backupAge', judge };

function judge({ backup, plan, disasterAt, now, live }: Survey): readonly FindingReport[] {
  if (!backup) return [];
  const findings: FindingReport[] = [];
  const ageMs = disasterAt.getTime() - Date.parse(backup.startTimestamp);
  const { rpoMs } = plan.objectives;
  if (rpoMs !== undefined && ageMs > rpoMs)
    findings.push(
      warn(
        'RpoMissed',
        `Backup ${backup.name} was begun ${hours(ageMs)} before the disaster, the objective is ${hours(rpoMs)}: what was written since is lost; look for a newer Backup`,
      ),
    );
  if (ageMs < 0)
    findings.push(
      warn(
        'BackupAfterDisaster',
        `Backup ${backup.name} was begun at ${backup.startTimestamp}, after the disaster at ${disasterAt.toISOString()}: it may hold the ruins; name an older Backup, or correct disasterAt`,
      ),
    );
  const { expiration } = live.velero;
  const leftMs = expiration === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiration) - now.getTime();
  if (leftMs > 0 && leftMs < (plan.objectives.rtoMs ?? 0) + 3_600_000)
    findings.push(
      warn(
        'BackupExpiresSoon',
        `Backup ${backup.name} expires at ${expiration ?? '?'}, which may be in the middle of the run; give it more time (its status.expiration), or make the location read-only`,
      ),
    );
  return findings;
}

/** `26.5 h`; hours, as objectives are written. */
function hours(ms: number): string {
  return `${Number((ms / 3_600_000).toFixed(1))} h`;
}
