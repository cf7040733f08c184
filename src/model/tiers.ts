/** The eight tiers, in the order in which they always run. */
export const tierNames = [
  'namespaces',
  'crds',
  'operators',
  'storage',
  'databases',
  'queues',
  'applications',
  'ingress',
] as const;

/** One of the eight tiers. */
export type TierName = (typeof tierNames)[number];

/** Phase one restores infrastructure, phase two the workloads on it. */
export type Phase = 'one' | 'two';

/** The phase that a tier belongs to. */
export function phaseOf(tier: TierName): Phase {
  return tier === 'applications' || tier === 'ingress' ? 'two' : 'one';
}
