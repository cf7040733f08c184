import type { KubeObject } from '../kube/types.ts';
import { degraded, progressing, suspended, type Verdict } from '../model/verdict.ts';
import { byWord, type Words } from './by-status.ts';
import { after, textAt, textsAt, valueAt } from './read.ts';

/**
 * `status.state` of both Percona operators: AppState in pxc_types.go (PXC operator 1.20; `unknown` until 1.17) and psmdb_types.go
 * (MongoDB operator 1.23, which adds `sharding`). An error is tried again.
 */
const states: Words = {
  healthy: ['ready'],
  progressing: ['initializing', 'stopping', 'sharding', 'unknown'],
  degraded: ['error'],
  suspended: ['paused'],
};

/**
 * What comes before the generations: a pause, and an error, with which the operators leave `observedGeneration` as it was.
 * A restore pauses its cluster too, and starts it again. Source: pkg/controller/pxc/status.go and
 * pkg/controller/perconaservermongodb/status.go, updateStatus.
 */
export function perconaAside(object: KubeObject): Verdict | undefined {
  if (valueAt(object, 'spec', 'pause') === true) return suspended('Paused', 'is paused: spec.pause is true');
  return textAt(object, 'status', 'state') === 'error'
    ? degraded('Error', `its operator cannot carry it out${after(messageOf(object))}`)
    : undefined;
}

/** The verdict by `status.state`, with the operator's messages: a list for XtraDB, one text for MongoDB. */
export function perconaState(object: KubeObject): Verdict {
  return byWord(textAt(object, 'status', 'state'), states, {
    writer: 'its operator',
    field: 'state',
    why: messageOf(object),
  });
}

function messageOf(object: KubeObject): string | undefined {
  return textAt(object, 'status', 'message') ?? textsAt(object, 'status', 'message').at(-1);
}

/** A part of a cluster: how many of it are wanted, how many are ready. */
export interface Part {
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
}

/** A cluster that says `ready` while a part of it counts less than its spec wants is on its way still. */
export function withParts(base: Verdict, parts: readonly Part[]): Verdict {
  if (base.verdict !== 'Healthy') return base;
  const counts = parts.map(({ name, ready, wanted }) => `${name} ${ready} of ${wanted}`).join(', ');
  return parts.some(({ ready, wanted }) => ready < wanted)
    ? progressing('LessReady', `state is ready, but ${counts} ready`)
    : { ...base, message: `${counts} ready` };
}
