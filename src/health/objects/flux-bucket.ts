import type { KindRule } from '../assess.ts';
import { fluxSource } from '../flux.ts';

/** A bucket that Flux reads; the rule is in flux.ts. */
export const fluxBucket: KindRule = fluxSource('Bucket', [
  'FeatureGateDisabled',
  'InvalidSTSConfiguration',
  'URLInvalid',
]);
