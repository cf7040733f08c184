import type { ClusterSource } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';

/** One real API server stands for both clusters: under the second name it says that it is another one. */
export function twoNames(source: ClusterSource, live: string): ClusterSource {
  const kube = source.client(live);
  const practice: KubeClient = {
    ...kube,
    context: 'practice',
    base: kube,
    get: async (ref, options) => {
      const found = await kube.get(ref, options);
      const isIdentity = ref.kind === 'Namespace' && ref.name === 'kube-system';
      return found && isIdentity ? { ...found, metadata: { ...found.metadata, uid: 'the-practice-cluster' } } : found;
    },
  };
  return {
    ...source,
    contexts: [live, 'practice', 'alias'],
    client: (name) => (name === 'practice' ? practice : kube),
  };
}
