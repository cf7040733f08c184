import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, unknown, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byCephPhase } from '../ceph.ts';
import { dateAt, fieldsAt, oneLine, secondsBetween, textAt } from '../read.ts';

/** Rook looks each minute unless told otherwise; news older than this may be of a Rook that is not running. */
const staleAfterSeconds = 15 * 60;

/**
 * Health checks that say nothing of the data or who can reach it: with these alone a warning passes. Every other warning
 * (replicas that are short, a monitor down) is Progressing: after a disaster Ceph mends itself for a while. Argo CD calls
 * each warning Degraded. Source: Ceph 19 documentation, rados/operations/health-checks.
 */
const housekeeping: readonly string[] = [
  'AUTH_INSECURE_GLOBAL_ID_RECLAIM',
  'AUTH_INSECURE_GLOBAL_ID_RECLAIM_ALLOWED',
  'MON_DISK_BIG',
  'PG_NOT_DEEP_SCRUBBED',
  'PG_NOT_SCRUBBED',
  'POOL_APP_NOT_ENABLED',
  'POOL_NO_REDUNDANCY',
  'POOL_PG_NUM_NOT_POWER_OF_TWO',
  'POOL_TOO_FEW_PGS',
  'POOL_TOO_MANY_PGS',
  'RECENT_CRASH',
  'RECENT_MGR_MODULE_CRASH',
  'TELEMETRY_CHANGED',
  'TOO_FEW_PGS',
];

/** Ready or connected, HEALTH_OK, and that was looked at lately. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go ClusterStatus, CephStatus; pkg/operator/ceph/cluster/cephstatus.go. */
export const cephCluster: KindRule = {
  group: 'ceph.rook.io',
  kind: 'CephCluster',
  assess(object, _related, now) {
    const phase = byCephPhase(object);
    // `state` is the older word; Rook still writes it.
    if (textAt(object, 'status', 'state') === 'Error')
      return degraded('Error', oneLine(textAt(object, 'status', 'message') ?? 'Rook could not set it up'));
    return phase.verdict === 'Healthy' ? health(object, now) : phase;
  },
};

function health(object: KubeObject, now: Date): Verdict {
  const word = textAt(object, 'status', 'ceph', 'health');
  if (word === undefined) return progressing('HealthNotKnown', 'Ceph has not said yet how it is');
  const checked = dateAt(object, 'status', 'ceph', 'lastChecked');
  const age = checked === undefined ? 0 : secondsBetween(checked, now);
  if (age > staleAfterSeconds) return unknown('HealthNotChecked', `${word}, but that was ${age} s ago`);
  const details = Object.entries(fieldsAt(object, 'status', 'ceph', 'details'));
  const text = [word, ...details.map(([name, detail]) => `${name} (${textAt(detail, 'message') ?? '?'})`)].join(' ');
  if (word === 'HEALTH_OK') return healthy('HealthOk', word);
  if (word === 'HEALTH_ERR') return degraded('HealthErr', oneLine(text));
  if (word !== 'HEALTH_WARN') return progressing('UnknownHealth', `health is ${word}, a word that is not known here`);
  const harmless = details.length > 0 && details.every(([name]) => housekeeping.includes(name));
  return harmless ? healthy('HealthWarnHarmless', oneLine(text)) : progressing('HealthWarn', oneLine(text));
}
