import type { KindRule } from '../assess.ts';
import { fluxSource } from '../flux.ts';

/** An artifact of a registry that Flux reads; the rule is in flux.ts. */
export const fluxOciRepository: KindRule = fluxSource('OCIRepository', ['FeatureGateDisabled', 'URLInvalid']);
