/** Labels that every object made for a recovery carries. */
export const labelKeys = {
  managedBy: 'app.kubernetes.io/managed-by',
  recovery: 'rekindle.dev/recovery',
  tier: 'rekindle.dev/tier',
  step: 'rekindle.dev/step',
  generation: 'rekindle.dev/generation',
  /** The recovery id of a drill, on everything that the drill brought: what its clean-up goes by. */
  drill: 'rekindle.dev/drill',
} as const;
