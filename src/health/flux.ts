import type { KubeObject } from '../kube/types.ts';
import { healthy, progressing, suspended, type Verdict } from '../model/verdict.ts';
import type { KindRule } from './assess.ts';
import { byReady } from './by-status.ts';
import { after, conditionOf, textAt, valueAt } from './read.ts';

/** Reasons of `Ready=False` that wait for another object; all others are errors that Flux tries again at its interval. */
const waiting: readonly string[] = [
  'ArtifactFailed',
  'DependencyNotReady',
  'HealthCheckCanceled',
  'NoSourceArtifact',
  'Progressing',
  'ProgressingWithRetry',
  'SourceNotReady',
];

/** `spec.suspend`: Flux does not touch it, nor its observedGeneration. */
export function fluxAside(object: KubeObject): Verdict | undefined {
  return valueAt(object, 'spec', 'suspend') === true
    ? suspended('Suspended', 'Flux leaves it alone: spec.suspend is true')
    : undefined;
}

/** The verdict on what Flux applies; `Stalled` and `Reconciling` were judged before. Pure. */
export function fluxVerdict(object: KubeObject): Verdict {
  const verdict = byReady(object, { writer: 'Flux', waiting });
  const revision = textAt(object, 'status', 'lastAppliedRevision');
  return verdict.verdict === 'Healthy' ? { ...verdict, message: `${verdict.message}${after(revision)}` } : verdict;
}

/**
 * The rule of one of Flux's sources: ready, and what was fetched can be handed out. `stalled` are the reasons with which
 * Flux waits for the spec to change. Source: source-controller 1.9, api/v1 and api/v1beta2; NewStalling in internal/controller.
 */
export function fluxSource(kind: string, stalled: readonly string[]): KindRule {
  return {
    group: 'source.toolkit.fluxcd.io',
    kind,
    terminal: stalled,
    aside: fluxAside,
    assess(object) {
      // Since source-controller 1.3 such a repository is only a name: nothing is fetched, and it has no status.
      if (textAt(object, 'spec', 'type') === 'oci' && conditionOf(object, 'Ready') === undefined)
        return healthy('Static', 'is of type oci: nothing is fetched for it itself');
      const verdict = byReady(object, { writer: 'Flux', waiting });
      if (verdict.verdict !== 'Healthy' || textAt(object, 'spec', 'type') === 'oci') return verdict;
      const revision = textAt(object, 'status', 'artifact', 'revision');
      if (revision === undefined) return progressing('NoArtifact', 'is ready, but has nothing to hand out yet');
      return { ...verdict, message: `revision ${revision}` };
    },
  };
}
