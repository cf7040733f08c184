import { KubeError } from '../kube/error.ts';
import { textAt } from '../kube/read.ts';
import type { ExecResult, KubeObject } from '../kube/types.ts';
import { degraded, refText, unknown, type Verdict } from '../model/verdict.ts';
import type { CheckContext } from './check.ts';
import { attemptLimitMs, verdictOfError } from './check-errors.ts';
import { outputLimitBytes } from './check-expect.ts';
import { containersOf } from './check-pods.ts';

/** Where a command runs. */
export interface ExecPlace {
  readonly pod: KubeObject;
  /** Absent only in a pod without containers, which there is none of. */
  readonly container?: string;
}

/** A container to ask, or why there is none. */
export type ChosenPlace = { readonly place: ExecPlace } | { readonly verdict: Verdict };

/** The container of a pod that is meant: the one by name, else as kubectl chooses. Pure. */
export function placeIn(pod: KubeObject, named: string | undefined): ChosenPlace {
  const names = containersOf(pod);
  if (named !== undefined && !names.includes(named)) {
    const text = `${podName(pod)} has no container ${named}; it has ${names.join(', ')}`;
    return { verdict: degraded('NoSuchContainer', text) };
  }
  const container = named ?? defaultContainer(pod, names);
  return { place: { pod, ...(container === undefined ? {} : { container }) } };
}

/** What a command did, or what it means that it could not be run. */
export type Ran = { readonly result: ExecResult } | { readonly verdict: Verdict };

/** Runs a command, argv as it is. `stdin` is what it reads: the one way for a secret, since argv stands in audit logs. */
export async function runIn(
  ctx: CheckContext,
  place: ExecPlace,
  command: readonly string[],
  stdin?: string,
): Promise<Ran> {
  const { pod, container } = place;
  try {
    const result = await ctx.kube.exec({
      namespace: pod.metadata.namespace ?? ctx.namespace,
      pod: pod.metadata.name,
      ...(container === undefined ? {} : { container }),
      command,
      ...(stdin === undefined ? {} : { stdin }),
      maxOutputBytes: outputLimitBytes,
      signal: ctx.signal,
      timeoutMs: attemptLimitMs,
    });
    return { result };
  } catch (error) {
    if (error instanceof KubeError) return { verdict: verdictOfExecError(error, podName(pod), command[0] ?? '') };
    throw error;
  }
}

/** Errors of exec in words of the plan. */
function verdictOfExecError(error: KubeError, pod: string, program: string): Verdict {
  switch (error.reason) {
    case 'CommandNotFound':
      return degraded('CommandNotFound', `there is no program ${program} in ${pod}`);
    case 'CommandNotExecutable':
      return degraded('CommandNotExecutable', `${program} may not be executed in ${pod}`);
    case 'Aborted':
    case 'Timeout':
      return unknown('AttemptTimeout', `the command did not end within the attempt's time limit in ${pod}`);
    default:
      return verdictOfError(error);
  }
}

/** As kubectl chooses: the annotation that names it, else the first. */
function defaultContainer(pod: KubeObject, names: readonly string[]): string | undefined {
  const named = textAt(pod, 'metadata', 'annotations', 'kubectl.kubernetes.io/default-container');
  return named !== undefined && names.includes(named) ? named : names[0];
}

/** `Pod shop-data/orders-1`. */
export function podName(pod: KubeObject): string {
  return refText({
    kind: 'Pod',
    name: pod.metadata.name,
    ...(pod.metadata.namespace === undefined ? {} : { namespace: pod.metadata.namespace }),
  });
}
