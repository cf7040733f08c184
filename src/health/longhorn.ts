import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../model/verdict.ts';
import { byWord, type Words } from './by-status.ts';
import { after, fieldsAt, numberAt, textAt, valueAt } from './read.ts';

/** The kind whose status tells how far a restore is. */
export const engineNeeds = [{ apiVersion: 'longhorn.io/v1beta2', kind: 'Engine' }] as const;

/** What an engine says of the restore that its replicas are doing. */
interface RestoreLook {
  readonly restoring: boolean;
  /** Of all replicas, the least. */
  readonly percent: number;
  /** The replicas that gave up; the restore goes on as long as one does not. */
  readonly failed: number;
  readonly replicas: number;
  readonly error: string | undefined;
}

/** How far a restore is, by `status.restoreStatus` of the engine: one entry a replica. Pure. */
function restoreLook(engine: KubeObject | undefined): RestoreLook {
  const entries = Object.values(fieldsAt(engine, 'status', 'restoreStatus'));
  const errors = entries.flatMap((entry) => textAt(entry, 'error') ?? []);
  const working = entries.filter((entry) => textAt(entry, 'error') === undefined);
  return {
    restoring: working.some((entry) => valueAt(entry, 'isRestoring') === true),
    percent: Math.min(100, ...working.map((entry) => numberAt(entry, 'progress') ?? 0)),
    failed: errors.length,
    replicas: entries.length,
    error: errors[0],
  };
}

/** The verdict of a restore that is under way; undefined when the engine tells of none. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/engine.go RestoreStatus. */
export function restoreVerdict(engine: KubeObject | undefined): Verdict | undefined {
  const look = restoreLook(engine);
  const { failed, replicas, percent } = look;
  if (failed > 0 && failed === replicas)
    return degraded('RestoreError', `no replica can restore the backup${after(look.error)}`);
  if (!look.restoring) return undefined;
  const lost = failed === 0 ? '' : `, ${failed} of ${replicas} replicas gave up${after(look.error)}`;
  return progressing('Restoring', `restores its backup, ${percent} %${lost}`);
}

const states: Words = {
  healthy: ['running'],
  progressing: ['starting', 'stopping', 'stopped', 'suspended', 'unknown', 'terminated'],
  degraded: ['error'],
};

/**
 * An engine's or a replica's process runs, or is stopped as it shall be: nobody uses the volume. Source: Longhorn 1.13,
 * k8s/pkg/apis/longhorn/v1beta2/instancemanager.go InstanceState.
 */
export function instanceVerdict(object: KubeObject): Verdict {
  const state = textAt(object, 'status', 'currentState');
  const wanted = textAt(object, 'spec', 'desireState') ?? 'stopped';
  if (state === 'stopped' && wanted === 'stopped') return healthy('Stopped', 'is stopped: its volume is not attached');
  const verdict = byWord(state, states, { writer: 'Longhorn', field: 'state' });
  if (verdict.verdict !== 'Healthy' || state === wanted) return verdict;
  return progressing('Changing', `state is ${state ?? 'none'}, going to ${wanted}`);
}
