import type { KubeClient } from '../kube/types.ts';

/** The run may not act any more: its lock, its cluster or its ledger is not what it was. */
export class NotOursError extends Error {
  override readonly name = 'NotOursError';
}

/** UID of the kube-system namespace: the identity of a cluster. */
export async function clusterUid(kube: KubeClient, signal: AbortSignal): Promise<string> {
  const namespace = await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }, { signal });
  if (!namespace?.metadata.uid) throw new NotOursError(`cluster ${kube.context} has no kube-system namespace`);
  return namespace.metadata.uid;
}
