import { KubeError } from '../kube/error.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import type { ObjectRef } from '../model/verdict.ts';
import { type Chain, controlNamespace, labelKeys, leaseName } from './names.ts';

/** What the Temporal that this worker knows says of another run. `elsewhere`: the lock was taken through another Temporal. */
export type HolderState = 'open' | 'closed' | 'unknown' | 'elsewhere';

/** Who holds a site's lock, as its Lease says. */
export interface Holder {
  readonly chain: Chain;
  readonly recovery: string;
  readonly temporalAddress: string;
  readonly link: string;
}

export interface LockRequest {
  readonly site: string;
  readonly recovery: string;
  readonly chain: Chain;
  readonly temporalAddress: string;
  /** Where people look at the run. */
  readonly link: string;
  readonly takeOver: boolean;
  /** Asks the Temporal that the Lease names. */
  ask(holder: Holder): Promise<HolderState>;
  readonly signal: AbortSignal;
}

export type LockAnswer =
  | { readonly state: 'ours'; /** What was taken over, in words. */ readonly tookOver?: string }
  | { readonly state: 'busy'; readonly message: string };

const annotationKeys = {
  recovery: 'rekindle.dev/recovery',
  namespace: 'rekindle.dev/temporal-namespace',
  workflowId: 'rekindle.dev/workflow-id',
  firstRunId: 'rekindle.dev/first-run-id',
  address: 'rekindle.dev/temporal-address',
  link: 'rekindle.dev/link',
} as const;

/** The Lease's holder identity: Temporal namespace, workflow id, first execution run id. */
export function holderIdentity(chain: Chain): string {
  return `${chain.namespace}/${chain.workflowId}/${chain.firstRunId}`;
}

function leaseRef(site: string): ObjectRef {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: controlNamespace, name: leaseName(site) };
}

function holderIdentityOf(lease: KubeObject): string {
  const spec = lease['spec'] as { holderIdentity?: string } | undefined;
  return spec?.holderIdentity ?? '';
}

function holderOf(lease: KubeObject): Holder {
  const notes = lease.metadata.annotations ?? {};
  return {
    chain: {
      namespace: notes[annotationKeys.namespace] ?? '',
      workflowId: notes[annotationKeys.workflowId] ?? '',
      firstRunId: notes[annotationKeys.firstRunId] ?? '',
    },
    recovery: notes[annotationKeys.recovery] ?? '',
    temporalAddress: notes[annotationKeys.address] ?? '',
    link: notes[annotationKeys.link] ?? '',
  };
}

function leaseFor(request: LockRequest, existing?: KubeObject): KubeObject {
  const ref = leaseRef(request.site);
  const now = `${new Date().toISOString().slice(0, -1)}000Z`;
  return {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: {
      name: ref.name,
      namespace: controlNamespace,
      ...(existing?.metadata.resourceVersion ? { resourceVersion: existing.metadata.resourceVersion } : {}),
      labels: { [labelKeys.managedBy]: 'rekindle', [labelKeys.recovery]: request.recovery },
      annotations: {
        [annotationKeys.recovery]: request.recovery,
        [annotationKeys.namespace]: request.chain.namespace,
        [annotationKeys.workflowId]: request.chain.workflowId,
        [annotationKeys.firstRunId]: request.chain.firstRunId,
        [annotationKeys.address]: request.temporalAddress,
        [annotationKeys.link]: request.link,
      },
    },
    spec: { holderIdentity: holderIdentity(request.chain), acquireTime: now, renewTime: now },
  };
}

/** Why a holder keeps its lock, in words; undefined when it may be taken over. */
function refusal(holder: Holder, state: HolderState, request: LockRequest): string | undefined {
  const who = `recovery ${holder.recovery} (workflow ${holder.chain.workflowId}, ${holder.link || holder.temporalAddress})`;
  switch (state) {
    case 'open':
      return `site ${request.site} is being restored by ${who}; one run per site at a time: follow or abort that one`;
    case 'closed':
    case 'unknown':
      return undefined;
    case 'elsewhere':
      if (request.takeOver) return undefined;
      return `site ${request.site} is locked by ${who} at another Temporal, ${holder.temporalAddress}, which cannot be asked from here; make sure that it is dead, then start with "takeOver": true`;
  }
}

/**
 * Takes the site's lock: one Lease in the target cluster, re-entrant for one chain only. A holder whose run is closed,
 * or unknown to the Temporal it named, is replaced; an open one never.
 */
export async function takeLock(kube: KubeClient, request: LockRequest): Promise<LockAnswer> {
  const options = { signal: request.signal };
  for (;;) {
    const lease = await kube.get(leaseRef(request.site), options);
    if (lease && holderIdentityOf(lease) === holderIdentity(request.chain)) return { state: 'ours' };
    try {
      if (!lease) {
        await kube.create(leaseFor(request), options);
        return { state: 'ours' };
      }
      const holder = holderOf(lease);
      const state = holderIdentityOf(lease) === '' ? 'closed' : await request.ask(holder);
      const message = refusal(holder, state, request);
      if (message) return { state: 'busy', message };
      await kube.replace(leaseFor(request, lease), options);
      return { state: 'ours', tookOver: `the lock of recovery ${holder.recovery}, whose run is ${state}` };
    } catch (error) {
      // 409: somebody was faster (create or replace). Look again, and judge what stands there now.
      if (!(error instanceof KubeError && error.code === 409)) throw error;
    }
  }
}

/** Who holds the site's lock; undefined when nobody does. */
export async function readHolder(kube: KubeClient, site: string, signal: AbortSignal): Promise<Holder | undefined> {
  const lease = await kube.get(leaseRef(site), { signal });
  return lease && holderIdentityOf(lease) !== '' ? holderOf(lease) : undefined;
}

/** Why this chain may not act any more; undefined while the Lease still names it. */
export async function lockLost(
  kube: KubeClient,
  site: string,
  chain: Chain,
  signal: AbortSignal,
): Promise<string | undefined> {
  const lease = await kube.get(leaseRef(site), { signal });
  if (!lease) return `the lock of site ${site} (Lease ${controlNamespace}/${leaseName(site)}) is gone`;
  if (holderIdentityOf(lease) === holderIdentity(chain)) return undefined;
  return `the lock of site ${site} is now held by recovery ${holderOf(lease).recovery}`;
}

/** Who holds a site's lock in this cluster; undefined when nobody does. */
export async function lockHolder(kube: KubeClient, site: string, signal: AbortSignal): Promise<Holder | undefined> {
  const lease = await kube.get(leaseRef(site), { signal });
  return lease && holderIdentityOf(lease) !== '' ? holderOf(lease) : undefined;
}

/** Gives the lock back when it is still ours; quiet otherwise. */
export async function releaseLock(kube: KubeClient, site: string, chain: Chain, signal: AbortSignal): Promise<boolean> {
  const lease = await kube.get(leaseRef(site), { signal });
  if (!lease || holderIdentityOf(lease) !== holderIdentity(chain)) return false;
  await kube.remove(leaseRef(site), {
    signal,
    ...(lease.metadata.uid ? { uid: lease.metadata.uid } : {}),
    ...(lease.metadata.resourceVersion ? { resourceVersion: lease.metadata.resourceVersion } : {}),
  });
  return true;
}

/** Makes our own namespace; quiet when it is there. */
export async function ensureControlNamespace(kube: KubeClient, signal: AbortSignal): Promise<void> {
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', name: controlNamespace };
  if (await kube.get(ref, { signal })) return;
  try {
    const labels = { [labelKeys.managedBy]: 'rekindle' };
    await kube.create(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: controlNamespace, labels } },
      { signal },
    );
  } catch (error) {
    if (!(error instanceof KubeError && error.code === 409)) throw error;
  }
}
