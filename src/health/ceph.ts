import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../model/verdict.ts';
import { byWord, type Words } from './by-status.ts';
import { after, fieldsAt, textAt, valueAt } from './read.ts';

/** `Connected` is what older Rooks wrote for an object store and what an external cluster has; `ReconcileFailed` and `Failed` are retried. */
const phases: Words = {
  healthy: ['Ready', 'Connected'],
  progressing: ['Progressing', 'Connecting', 'Reconciling', 'Processing', 'Created', 'Deleting'],
  degraded: ['Failure', 'Failed', 'ReconcileFailed'],
};

/** The verdict by Rook's phase. Source: Rook 1.20, pkg/apis/ceph.rook.io/v1/types.go ConditionType; pkg/operator/k8sutil/status.go. */
export function byCephPhase(object: KubeObject): Verdict {
  return byWord(textAt(object, 'status', 'phase'), phases, {
    writer: 'Rook',
    why: textAt(object, 'status', 'message') ?? textAt(fieldsAt(object, 'status', 'info'), 'error'),
  });
}

/**
 * How mirroring to the other site is, where `spec.mirroring` asks for it; undefined where it does not. Source: Rook 1.20,
 * types.go MirroringStatusSummarySpec; the words are those of Ceph's `rbd mirror pool status`.
 */
export function mirroringVerdict(object: KubeObject): Verdict | undefined {
  if (valueAt(object, 'spec', 'mirroring', 'enabled') !== true) return undefined;
  const summary = fieldsAt(object, 'status', 'mirroringStatus', 'summary');
  const parts = ['daemon_health', 'image_health', 'group_health'].flatMap((field) => {
    const word = textAt(summary, field);
    return word === undefined || word === 'OK' ? [] : [`${field} ${word}`];
  });
  const why = after(textAt(object, 'status', 'mirroringStatus', 'details') ?? parts.join(', '));
  const health = textAt(summary, 'health');
  if (health === 'OK') return healthy('MirroringOk', 'mirroring is OK');
  if (health === 'ERROR') return degraded('MirroringError', `mirroring has errors${why}`);
  if (health === 'WARNING') return progressing('MirroringWarning', `mirroring has warnings${why}`);
  return progressing('MirroringNotKnown', `mirroring is ${health ?? 'not known yet'}${why}`);
}
