import { groupOf, type JudgedObject } from '../model/verdict.ts';
import { ruleFor } from './objects/registry.ts';

/**
 * Verdict reasons that no waiting can mend, whatever the kind: a workload carries the reason of its pods. A kind's own stand
 * in its rule. Reasons that usually mend by themselves (ImagePullBackOff,
 * CrashLoopBackOff, Unschedulable, ProgressDeadlineExceeded, a snapshot's error) are in neither on purpose: after a disaster
 * the cure is often a tier or a node that is still to come. They are suspect, which a gate bears for a while.
 */
const terminalAnywhere: readonly string[] = ['InvalidImageName', 'ErrImageNeverPull'];

/** Our own words for what the API server did not let us read, in fetch-objects.ts. */
const refusals: readonly string[] = ['Forbidden', 'Unauthorized'];

/** What terminal and suspect are read from. */
type Judged = Pick<JudgedObject, 'apiVersion' | 'kind' | 'verdict' | 'reason'>;

/** Whether a verdict cannot become Healthy without a change to the cluster or the object. */
export function isTerminal({ apiVersion, kind, verdict, reason }: Judged): boolean {
  if (verdict === 'Healthy') return false;
  if (terminalAnywhere.includes(reason)) return true;
  // By group too: there is more than one kind named Cluster, Backup or Restore.
  return ruleFor(groupOf(apiVersion), kind)?.terminal?.includes(reason) ?? false;
}

/**
 * Whether we were not let read it. As Unknown only: a controller may call a failure of its own Forbidden. Not terminal at
 * once: an API server that has just started refuses what it permits a second later, for its roles are not loaded yet.
 */
export function isRefused({ verdict, reason }: Judged): boolean {
  return verdict === 'Unknown' && refusals.includes(reason);
}

/** Whether something is wrong that may still heal: kstatus fails on a CrashLoopBackOff at once, which is too eager for a restore. */
export function isSuspect(judged: Judged): boolean {
  return judged.verdict === 'Degraded' && !isTerminal(judged);
}
