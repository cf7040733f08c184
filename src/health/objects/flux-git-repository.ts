import type { KindRule } from '../assess.ts';
import { fluxSource } from '../flux.ts';

/** A Git repository that Flux reads; the rule is in flux.ts. */
export const fluxGitRepository: KindRule = fluxSource('GitRepository', [
  'FeatureGateDisabled',
  'InvalidProviderConfiguration',
  'InvalidVerificationMode',
  'URLInvalid',
]);
